#include "asterisk/session.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <openssl/evp.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"

namespace c2c::asterisk {
namespace {

// MD5 is what AMI's challenge is made of; empty when this OpenSSL refuses to compute it.
std::string challenge_key(std::string_view challenge, std::string_view secret) {
  std::string text(challenge);
  text.append(secret);
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  std::size_t length = 0;
  const int done = EVP_Q_digest(nullptr, "MD5", nullptr, text.data(), text.size(), digest.data(), &length);
  OPENSSL_cleanse(text.data(), text.size());
  if (done != 1) {
    return {};
  }
  std::string key(length * 2, '\0');
  to_hex(std::span(digest).first(length), key.data());
  return key;
}

bool succeeded(const message& response) noexcept {
  return ascii::iequals(response.get("Response"), "Success");
}

constexpr std::size_t most_quoted = 80;

}  // namespace

session::session(const session_options& options, action_ids& ids, const session_events& events, steady_time now)
    : options_(options),
      ids_(ids),
      events_(events),
      multiplexer_(ids, options.limits),
      phase_deadline_(now + options.connect_timeout),
      last_received_(now) {}

void session::submit(const action& request, steady_time now, steady_time deadline, written_handler on_written,
                     completion done) {
  if (fault_ || phase_ == phase::leaving) {
    return done(fail(errc::not_sent, fault_ ? fault_->detail : "the session is being closed"));
  }
  multiplexer_.submit(request, now, deadline, std::move(on_written), std::move(done));
}

// The session's own actions are answered by a phase, or by nothing: they take no place among the caller's.
void session::send_own(const action& request) {
  awaited_ = ids_.text(ids_.next());
  const result<std::string> bytes = request.encode(awaited_);
  if (!bytes) {
    return give_up(bytes.error());
  }
  multiplexer_.control(*bytes);
}

void session::received(std::size_t bytes, steady_time now) {
  last_received_ = now;
  pinged_.reset();
  decoder_.commit(bytes);
  while (!fault_) {
    result<std::optional<message>> next = decoder_.next();
    if (!next) {
      return give_up(std::move(next.error()));
    }
    if (phase_ == phase::greeting && decoder_.greeted()) {
      phase_ = phase::challenge;
      send_own(action("Challenge").add("AuthType", "MD5"));
    }
    if (!*next) {
      return;
    }
    take(**next, now);
  }
}

void session::take(const message& received, steady_time now) {
  if (received.is_event()) {
    if (ready() && events_.event) {
      events_.event(received);
    }
    return;
  }
  if (ready()) {
    multiplexer_.respond(received, now);
  } else if (received.get("ActionID") == awaited_) {
    if (phase_ == phase::challenge) {
      take_challenge(received);
    } else {
      take_login(received, now);
    }
  }
}

void session::take_challenge(const message& response) {
  const std::string_view challenge = response.get("Challenge");
  if (!succeeded(response) || challenge.empty()) {
    return give_up({errc::rejected, "no challenge given: " + utf8::printable(response.get("Message"), most_quoted)});
  }
  const std::string key = challenge_key(challenge, options_.secret);
  if (key.empty()) {
    return give_up({errc::rejected, "MD5 is not available here, and AMI has no other challenge"});
  }
  phase_ = phase::login;
  send_own(action("Login").add("AuthType", "MD5").add("Username", options_.user).add("Key", key).add("Events", "call"));
}

void session::take_login(const message& response, steady_time now) {
  if (!succeeded(response)) {
    const std::string_view said = response.get("Message");
    std::string detail = "authentication failed";
    if (!ascii::iequals(said, detail)) {
      detail = "log-in refused: " + utf8::printable(said, most_quoted);
    }
    return give_up({errc::rejected, std::move(detail)});
  }
  phase_ = phase::ready;
  last_received_ = now;
  if (!options_.event_filter.empty()) {
    send_own(action("Filter").add("Operation", "Add").add("Filter", options_.event_filter));
  }
  multiplexer_.open();
  if (events_.ready) {
    events_.ready();
  }
}

steady_time session::ping_due() const {
  return last_received_ + options_.ping_interval;
}

// Counted from the Ping as well: a process that was stopped for a while must ask before it believes that nobody
// answered.
steady_time session::silence_due() const {
  const auto after_ping = std::max(options_.silence_timeout - options_.ping_interval, std::chrono::milliseconds(1));
  return std::max(last_received_ + options_.silence_timeout, *pinged_ + after_ping);
}

void session::advance(steady_time now) {
  if (fault_) {
    return;
  }
  if (phase_ != phase::ready) {
    if (now >= phase_deadline_) {
      const bool leaving = phase_ == phase::leaving;
      return give_up({errc::timed_out, leaving ? "closed before it was answered" : "no log-in in time"});
    }
  } else if (!pinged_) {
    if (now >= ping_due()) {
      pinged_ = now;
      send_own(action("Ping"));
    }
  } else if (now >= silence_due()) {
    return give_up({errc::timed_out, "silent for too long"});
  }
  multiplexer_.expire(now);
  if (multiplexer_.stuck()) {
    give_up({errc::timed_out, "answers nothing any more"});
  }
}

steady_time session::next_deadline() const {
  steady_time next = phase_deadline_;
  if (phase_ == phase::ready) {
    next = pinged_ ? silence_due() : ping_due();
  }
  return std::min(next, multiplexer_.next_deadline().value_or(next));
}

void session::leave(steady_time now, std::chrono::milliseconds patience) {
  if (phase_ != phase::ready) {
    return give_up({errc::not_sent, "closed"});
  }
  phase_deadline_ = now + patience;
  // Behind what waits, as any other action is; where there is no room for it the socket's end has to do.
  multiplexer_.submit(action("Logoff"), now, phase_deadline_ + patience, {}, [](const result<response>&) {});
  phase_ = phase::leaving;
}

void session::give_up(failure why) {
  if (!fault_) {
    fault_ = std::move(why);
  }
}

void session::finish() {
  give_up({errc::unavailable, "closed"});
  multiplexer_.lose(fault_->detail);
}

}  // namespace c2c::asterisk
