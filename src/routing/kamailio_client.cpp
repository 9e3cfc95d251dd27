#include "routing/kamailio_client.hpp"

#include <algorithm>
#include <utility>

#include "routing/jsonrpc.hpp"

namespace c2c::routing {

kamailio_client::kamailio_client(executor ex, kamailio_options options)
    : executor_(std::move(ex)),
      options_(std::move(options)),
      gate_(std::make_shared<net::gate>(executor_, options_.max_connections, options_.max_waiting)) {}

task<result<net::http_answer>> kamailio_client::post(std::string body, steady_time by) {
  return run(shared_from_this(), std::move(body), by);
}

task<result<net::http_answer>> kamailio_client::run(std::shared_ptr<kamailio_client> self, std::string body,
                                                    steady_time by) {
  const steady_time asked = steady_clock::now();
  if (self->in_quarantine(asked)) {
    co_return fail(errc::unavailable, "it let a deadline pass a moment ago and is not asked");
  }
  const steady_time deadline = std::min(asked + self->options_.deadline, by);
  const auto pass = co_await net::gate::enter(self->gate_, deadline);
  if (!pass) {
    co_return std::unexpected(pass.error());
  }
  const steady_time started = steady_clock::now();
  const auto connection = std::make_shared<net::http_client>(
      self->executor_, net::http_client_options{.to = self->options_.url,
                                                .headers = "Content-Type: application/json\r\n",
                                                .most_body_bytes = max_reply_bytes});
  auto reply = co_await net::http_client::post(connection, "", std::move(body), deadline);
  if (reply && reply->cut) {
    reply = std::unexpected(*reply->cut);
  }
  if (reply || deadline < by) {  // the impatience of one request says nothing about Kamailio
    self->note(reply, started);
  }
  co_return reply;
}

// A Kamailio that hangs would cost every caller the whole deadline. After one has waited in vain the others are refused
// at once, so that their fallbacks begin; when the quarantine is over one look-up goes out to see, and the rest wait
// for it.
bool kamailio_client::in_quarantine(steady_time now) {
  if (!silent_) {
    return false;
  }
  if (now < ask_after_) {
    return true;
  }
  ask_after_ = now + options_.deadline;
  return false;
}

void kamailio_client::note(const result<net::http_answer>& reply, steady_time started) {
  const steady_time now = steady_clock::now();
  if (options_.on_reply && (reply || reply.error().code != errc::overloaded)) {
    options_.on_reply(reply || reply.error().code == errc::malformed, now - started);
  }
  if (reply || reply.error().code == errc::malformed) {
    silent_ = false;
    last_reply_ = now;
    return;
  }
  if (reply.error().code == errc::timed_out && last_reply_ < started) {
    // Others were answered meanwhile where last_reply_ is later: then one reply was lost, and Kamailio is well.
    silent_ = true;
    ask_after_ = now + options_.quarantine;
  }
  if (reply.error().code == errc::unavailable) {
    silent_ = false;  // a refusal comes at once: nothing is gained by not asking
  }
}

}  // namespace c2c::routing
