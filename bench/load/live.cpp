#include "live.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace c2c::bench {
namespace {

// The service waits at most ten seconds between its attempts to log in.
constexpr std::chrono::seconds login_patience{25};
constexpr std::chrono::milliseconds poll{20};

}  // namespace

live::live(const live_options& options) : options_(options), server_(parse_url(options.to.url)) {}

task<live_asterisk*> live::be_asterisk(bool hold) {
  live_asterisk::options chosen{.port = options_.ami_port,
                                .secret = options_.secret,
                                .call = read_call_script(options_.call_file),
                                .on_part = {}};
  parts_ = changes_of(chosen.call);
  if (hold) {
    const auto beyond = std::ranges::find_if(
        parts_, [](const auto& leads_to) { return leads_to && *leads_to > call::state::calling_caller; });
    chosen.hold_before = static_cast<std::size_t>(beyond - parts_.begin());
  }
  chosen.on_part = [this](std::string_view iden, std::size_t part, steady_time when) {
    if (parts_[part]) {
      journal_.happened(iden, *parts_[part], when);
    }
  };
  asterisk_ = std::make_shared<live_asterisk>(context_, std::move(chosen));
  asio::co_spawn(context_, live_asterisk::serve(asterisk_), asio::detached);
  const steady_time deadline = steady_clock::now() + login_patience;
  while (!asterisk_->logged_in()) {
    if (steady_clock::now() >= deadline) {
      throw std::runtime_error("the service does not log in");
    }
    co_await pause(poll);
  }
  co_return asterisk_.get();
}

const call_script& live::other_call() {
  if (other_call_) {
    return *other_call_;
  }
  other_call_ = read_call_script(options_.other_file);
  if (options_.life > 0) {
    other_call_->stretch(std::chrono::round<std::chrono::microseconds>(std::chrono::duration<double>(options_.life)));
  }
  return *other_call_;
}

task<ticket> live::place(http_client& client) {
  const caller& who = options_.callers[next_caller_++ % options_.callers.size()];
  const std::string aor = who.aor();
  const auto challenge = co_await client.post("/challenge", challenge_request(aor));
  if (challenge.status != 200) {
    placed_.add(challenge.status);
    co_return ticket{};
  }
  const std::string nonce(text_of(challenge.body, "\"nonce\""));
  const auto digest = digester_.response(who.user, who.realm, who.password, nonce, options_.destination);
  std::string body = call_request(aor, nonce, auth::view(digest), options_.destination);
  body.replace(body.size() - 1, 1, R"(,"progress":true})");
  const auto call = co_await client.post("/call", body);
  placed_.add(call.status);
  if (call.status != 200) {
    co_return ticket{};
  }
  co_return ticket{std::string(text_of(call.body, "\"iden\"")), std::string(text_of(call.body, "\"ticket\""))};
}

task<void> live::place_and_follow() {
  schedule when(options_.how);
  const piece work = [this](http_client& client, steady_time) -> task<void> {
    const ticket one = co_await place(client);
    if (!one.iden.empty()) {
      follow(one);
    }
  };
  co_await work_all(&context_, &options_.to, &when, &work);
}

void live::follow(const ticket& of) {
  auto reader = std::make_shared<stream_reader>(
      context_.get_executor(), server_.server,
      stream_reader::handlers{
          [this, iden = of.iden](steady_time when) { journal_.opened(iden, when); },
          [this, iden = of.iden](std::string_view state, steady_time when) { journal_.told(iden, state, when); }});
  readers_.push_back(reader);
  asio::co_spawn(context_, stream_reader::run(std::move(reader), of.iden, of.text), asio::detached);
}

task<bool> live::wait_for_ends(std::chrono::seconds patience) {
  const steady_time deadline = steady_clock::now() + patience;
  const auto ended = [this] { return std::ranges::all_of(readers_, [](const auto& each) { return each->ended(); }); };
  while (!ended() && steady_clock::now() < deadline) {
    co_await pause(poll);
  }
  co_return ended();
}

task<void> live::pause(std::chrono::milliseconds how_long) {
  timer wait(context_.get_executor(), how_long);
  co_await wait.async_wait(as_result);
}

}  // namespace c2c::bench
