#include "asterisk/exchange.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <boost/asio/async_result.hpp>

#include "asterisk/link.hpp"
#include "base/hex.hpp"
#include "base/random.hpp"
#include "log/log.hpp"

namespace c2c::asterisk {
namespace {

// Together less than the second that `close` may take.
constexpr std::chrono::milliseconds logoff_patience{800};
constexpr std::chrono::milliseconds abort_patience{150};

std::shared_ptr<const link_options> for_links(exchange_options options) {
  auto out = std::make_shared<link_options>();
  out->session.user = std::move(options.user);
  out->session.secret = std::move(options.secret);
  out->session.event_filter = std::move(options.event_filter);
  out->session.connect_timeout = options.connect_timeout;
  // A Ping needs time to be answered before its silence is taken for death.
  out->session.ping_interval = std::min(options.ping_interval, options.silence_timeout / 2);
  out->session.silence_timeout = options.silence_timeout;
  out->session.limits.max_pending_actions = options.max_pending_actions;
  out->port = options.port;
  out->response_timeout = options.response_timeout;
  out->idle_life = options.idle_life;
  return out;
}

std::shared_ptr<action_ids> new_action_ids() {
  random_source random;
  std::array<std::uint8_t, 6> bytes{};
  random.fill(bytes);
  std::string prefix = "c2c-";
  prefix.resize(prefix.size() + bytes.size() * 2);
  to_hex(bytes, prefix.data() + prefix.size() - bytes.size() * 2);
  return std::make_shared<action_ids>(prefix + "-");
}

// The link holds the waiting coroutine, so no frame of that coroutine may hold the link: it is moved out of the
// operation's arguments, and gone when the operation has begun.
auto submit_to(std::shared_ptr<link> to, action request, written_handler on_written, steady_time deadline) {
  auto initiate = [deadline](auto handler, std::shared_ptr<link>&& target, const action& which,
                             written_handler written) {
    const std::shared_ptr<link> once = std::move(target);
    once->submit(which, deadline, std::move(written), completion(std::move(handler)));
  };
  return asio::async_initiate<const asio::use_awaitable_t<executor>, void(result<response>)>(
      initiate, use_task, std::move(to), std::move(request), std::move(on_written));
}

}  // namespace

class exchange::impl final : public link_observer, public std::enable_shared_from_this<impl> {
 public:
  impl(asio::io_context& context, exchange_options options)
      : context_(context),
        max_links_(options.max_links),
        options_(for_links(std::move(options))),
        ids_(new_action_ids()),
        ended_(context.get_executor()) {}

  void handle_events(event_handler handler) { event_handler_ = std::move(handler); }
  void handle_links(link_handler handler) { link_handler_ = std::move(handler); }

  result<std::shared_ptr<link>> link_to(const std::string& host);
  std::vector<link_status> status() const;
  std::uint64_t skipped() const noexcept { return skipped_; }
  const counts& statistics() const noexcept { return counts_; }
  void name(const std::vector<std::string>& hosts);
  void hold(const std::string& host);
  void release(const std::string& host);
  void abandon();

  static task<result<response>> execute(std::shared_ptr<impl> self, std::string host, action request,
                                        written_handler on_written, steady_time deadline);
  static task<void> close(std::shared_ptr<impl> self);

  void on_event(const link& from, const message& event) override {
    ++counts_.events;
    if (event_handler_) {
      event_handler_(from.host(), event);
    }
  }
  void on_up(const link& from) override { tell(from, link_change::up); }
  void on_down(const link& from) override { tell(from, link_change::down); }
  void on_skipped(std::uint64_t count) override { skipped_ += count; }
  void on_ended(const link& from) override;

 private:
  static task<void> wait_for_ends(std::shared_ptr<impl> self, std::chrono::milliseconds patience);

  void tell(const link& from, link_change change) {
    ++(change == link_change::up ? counts_.sessions : counts_.lost);
    if (link_handler_) {
      link_handler_(from.host(), change);
    }
  }
  bool make_room();
  bool is_kept(const std::string& host) const { return named_.contains(host) || holds_.contains(host); }
  void keep_or_let_go(const std::string& host);

  asio::io_context& context_;
  std::size_t max_links_;
  std::shared_ptr<const link_options> options_;
  std::shared_ptr<action_ids> ids_;
  event_handler event_handler_;
  link_handler link_handler_;
  std::uint64_t skipped_ = 0;
  counts counts_;
  std::set<std::string> named_;
  std::map<std::string, std::size_t> holds_;
  std::map<std::string, std::shared_ptr<link>, std::less<>> links_;
  std::vector<std::shared_ptr<link>> leaving_;  // made room, not ended yet
  timer ended_;                                 // cancelled when a link has ended
  bool closed_ = false;
};

result<std::shared_ptr<link>> exchange::impl::link_to(const std::string& host) {
  if (closed_) {
    return fail(errc::not_sent, "closed");
  }
  if (const auto found = links_.find(host); found != links_.end()) {
    return found->second;
  }
  if (links_.size() >= max_links_ && !make_room()) {
    return fail(errc::overloaded, "sessions with too many application servers");
  }
  auto made = std::make_shared<link>(context_, host, options_, ids_, weak_from_this());
  links_.emplace(host, made);
  made->keep(is_kept(host));
  made->start();
  return made;
}

void exchange::impl::keep_or_let_go(const std::string& host) {
  if (const auto found = links_.find(host); found != links_.end()) {
    found->second->keep(is_kept(host));
  } else if (is_kept(host)) {
    // Where there is no room for it now, the first action for it finds some.
    if (const auto made = link_to(host); !made) {
      log::warn("{}: {}", host, made.error().detail);
    }
  }
}

void exchange::impl::name(const std::vector<std::string>& hosts) {
  const auto before = std::exchange(named_, std::set<std::string>(hosts.begin(), hosts.end()));
  for (const std::string& host : before) {
    keep_or_let_go(host);
  }
  for (const std::string& host : hosts) {
    keep_or_let_go(host);
  }
}

void exchange::impl::hold(const std::string& host) {
  ++holds_[host];
  keep_or_let_go(host);
}

void exchange::impl::release(const std::string& host) {
  const auto found = holds_.find(host);
  if (found != holds_.end() && --found->second == 0) {
    holds_.erase(found);
    keep_or_let_go(host);
  }
}

// The link that has been unused for longest goes, if it has been for so long that it may.
bool exchange::impl::make_room() {
  const steady_time now = steady_clock::now();
  auto oldest = links_.end();
  for (auto it = links_.begin(); it != links_.end(); ++it) {
    if (it->second->idle(now) && (oldest == links_.end() || it->second->last_used() < oldest->second->last_used())) {
      oldest = it;
    }
  }
  // The ones on their way out count as well, or a flood of new hosts would open more sockets than there are places.
  if (oldest == links_.end() || leaving_.size() >= max_links_) {
    return false;
  }
  leaving_.push_back(oldest->second);
  links_.erase(oldest);
  leaving_.back()->close(logoff_patience);
  return true;
}

void exchange::impl::on_ended(const link& from) {
  if (const auto found = links_.find(from.host()); found != links_.end() && found->second.get() == &from) {
    links_.erase(found);
  }
  std::erase_if(leaving_, [&from](const std::shared_ptr<link>& link) { return link.get() == &from; });
  ended_.cancel();
}

std::vector<link_status> exchange::impl::status() const {
  std::vector<link_status> out;
  out.reserve(links_.size());
  for (const auto& [host, link] : links_) {
    out.push_back({host, link->ready(), link->failures(), link->last_failure()});
  }
  return out;
}

void exchange::impl::abandon() {
  closed_ = true;
  event_handler_ = nullptr;
  link_handler_ = nullptr;
  for (const auto& [host, link] : links_) {
    link->abort();
  }
  for (const auto& link : leaving_) {
    link->abort();
  }
}

task<result<response>> exchange::impl::execute(std::shared_ptr<impl> self, std::string host, action request,
                                               written_handler on_written, steady_time deadline) {
  result<std::shared_ptr<link>> to = self->link_to(host);
  self.reset();  // the links hold this coroutine while it waits, so it must not hold them
  if (!to) {
    co_return std::unexpected(std::move(to.error()));
  }
  auto answered = submit_to(std::move(*to), std::move(request), std::move(on_written), deadline);
  result<response> answer = co_await std::move(answered);
  if (!answer) {
    answer.error().detail = host + ": " + answer.error().detail;
  }
  co_return answer;
}

task<void> exchange::impl::wait_for_ends(std::shared_ptr<impl> self, std::chrono::milliseconds patience) {
  const steady_time until = steady_clock::now() + patience;
  while (!(self->links_.empty() && self->leaving_.empty()) && steady_clock::now() < until) {
    self->ended_.expires_at(until);
    co_await self->ended_.async_wait(as_result);
  }
}

task<void> exchange::impl::close(std::shared_ptr<impl> self) {
  self->closed_ = true;
  for (const auto& [host, link] : self->links_) {
    link->close(logoff_patience);
  }
  co_await wait_for_ends(self, logoff_patience);
  for (const auto& [host, link] : self->links_) {
    link->abort();
  }
  for (const auto& link : self->leaving_) {
    link->abort();
  }
  co_await wait_for_ends(self, abort_patience);
}

exchange::exchange(asio::io_context& context, exchange_options options)
    : impl_(std::make_shared<impl>(context, std::move(options))) {}

exchange::~exchange() {
  impl_->abandon();
}

void exchange::on_event(event_handler handler) {
  impl_->handle_events(std::move(handler));
}

void exchange::on_link(link_handler handler) {
  impl_->handle_links(std::move(handler));
}

void exchange::name(const std::vector<std::string>& hosts) {
  impl_->name(hosts);
}

void exchange::hold(const std::string& host) {
  impl_->hold(host);
}

void exchange::release(const std::string& host) {
  impl_->release(host);
}

task<result<response>> exchange::execute(std::string host, action request,
                                         std::function<void(std::string_view)> on_written, steady_time deadline) {
  return impl::execute(impl_, std::move(host), std::move(request), std::move(on_written), deadline);
}

void exchange::send(const std::string& host, const action& request, completion done) {
  if (const auto to = impl_->link_to(host)) {
    (*to)->submit(request, steady_time::max(), {}, std::move(done));
  }
}

std::vector<link_status> exchange::status() const {
  return impl_->status();
}

std::uint64_t exchange::skipped() const noexcept {
  return impl_->skipped();
}

const exchange::counts& exchange::statistics() const noexcept {
  return impl_->statistics();
}

task<void> exchange::close() {
  return impl::close(impl_);
}

}  // namespace c2c::asterisk
