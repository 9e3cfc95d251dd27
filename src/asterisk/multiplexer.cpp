#include "asterisk/multiplexer.hpp"

#include <charconv>
#include <vector>

#include "base/ascii.hpp"

namespace c2c::asterisk {
namespace {

// A buffer that a burst made large is not kept for the quiet hours after it.
constexpr std::size_t kept_buffer_bytes = std::size_t{64} * 1024;

}  // namespace

std::optional<std::uint64_t> action_ids::serial(std::string_view id) const noexcept {
  if (!id.starts_with(prefix_)) {
    return std::nullopt;
  }
  id.remove_prefix(prefix_.size());
  // A leading zero would be a second spelling of the same number.
  if (id.empty() || id.front() == '0') {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), value);
  if (error != std::errc{} || end != id.data() + id.size()) {
    return std::nullopt;
  }
  return value;
}

void multiplexer::submit(const action& request, steady_time now, steady_time deadline, written_handler on_written,
                         completion done) {
  if (lost_) {
    return done(fail(errc::not_sent, *lost_));
  }
  if (entries_.size() >= limits_.max_pending_actions) {
    return done(fail(errc::overloaded, "too many actions wait for this application server"));
  }
  const std::uint64_t serial = ids_.next();
  entry added;
  added.id = ids_.text(serial);
  result<std::string> bytes = request.encode(added.id);
  if (!bytes) {
    return done(std::unexpected(std::move(bytes.error())));
  }
  added.bytes = std::move(*bytes);
  added.submitted = now;
  added.deadline = deadline;
  added.on_written = std::move(on_written);
  added.done = std::move(done);
  entries_.emplace_hint(entries_.end(), serial, std::move(added));
  deadlines_.emplace(deadline, serial);
  waiting_.push_back(serial);
}

std::string_view multiplexer::prepare_write(steady_time now) {
  if (sent_ == buffer_.size()) {
    before_ += buffer_.size();
    if (buffer_.capacity() > kept_buffer_bytes) {
      buffer_ = std::string();
    }
    buffer_.clear();
    sent_ = 0;
    buffer_.append(control_);
    control_.clear();
    if (open_) {
      stage_waiting(now);
    }
  }
  return std::string_view(buffer_).substr(sent_);
}

void multiplexer::stage_waiting(steady_time now) {
  std::vector<std::pair<written_handler, std::string>> written;
  while (!waiting_.empty() && unanswered_ < limits_.max_unanswered) {
    const std::uint64_t serial = waiting_.front();
    waiting_.pop_front();
    const auto found = entries_.find(serial);
    if (found == entries_.end() || found->second.deadline <= now) {
      continue;  // its deadline passed while it waited, and expire() tells so
    }
    entry& it = found->second;
    it.at = stage::staged;
    ++unanswered_;
    it.begin = before_ + buffer_.size();
    buffer_.append(it.bytes);
    it.end = before_ + buffer_.size();
    it.bytes = std::string();
    staged_.push_back(serial);
    if (it.on_written) {
      written.emplace_back(std::move(it.on_written), it.id);
    }
  }
  // Only now: what is told may submit.
  for (const auto& [handler, id] : written) {
    handler(id);
  }
}

void multiplexer::wrote(std::size_t bytes) {
  sent_ += bytes;
  while (!staged_.empty()) {
    const auto found = entries_.find(staged_.front());
    if (found != entries_.end()) {
      if (found->second.end > before_ + sent_) {
        break;
      }
      found->second.at = stage::written;
    }
    // Answered before we learnt that it was written: the response can overtake the write's completion.
    staged_.pop_front();
  }
}

// Forgets an action and gives its completion, for the caller to call once the tables are in order.
completion multiplexer::take(table::iterator which) {
  deadlines_.erase({which->second.deadline, which->first});
  completion done = std::move(which->second.done);
  if (which->second.abandoned) {
    --markers_;
  }
  if (which->second.at != stage::waiting) {
    --unanswered_;
  }
  entries_.erase(which);
  return done;
}

multiplexer::match multiplexer::respond(const message& response, steady_time now) {
  last_response_ = now;
  const std::optional<std::uint64_t> serial = ids_.serial(response.get("ActionID"));
  if (!serial) {
    return match::stranger;
  }
  const auto found = entries_.find(*serial);
  if (found == entries_.end() || found->second.at == stage::waiting) {
    return match::stranger;
  }
  if (found->second.abandoned) {
    take(found);
    return match::late;
  }
  const auto said = response.get("Response");
  asterisk::response answer{.success = ascii::iequals(said, "Success") || ascii::iequals(said, "Goodbye"),
                            .message = std::string(response.get("Message")),
                            .action_id = std::move(found->second.id)};
  if (answer.success || ascii::iequals(said, "Error")) {
    take(found)(std::move(answer));
  } else {
    take(found)(fail(errc::outcome_unknown, "a response that is none of Success, Goodbye and Error"));
  }
  return match::completed;
}

void multiplexer::expire(steady_time now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    const auto found = entries_.find(deadlines_.begin()->second);
    entry& it = found->second;
    if (it.abandoned) {
      stuck_ = stuck_ || last_response_ < it.submitted;
      take(found);
    } else if (it.at == stage::waiting) {
      take(found)(fail(errc::not_sent, "its turn did not come in time"));
    } else {
      completion done = std::move(it.done);
      deadlines_.erase(deadlines_.begin());
      it.abandoned = true;
      ++markers_;
      it.deadline = now + limits_.marker_life;
      deadlines_.emplace(it.deadline, found->first);
      done(fail(errc::timed_out, "no response in time"));
    }
  }
  while (!waiting_.empty() && !entries_.contains(waiting_.front())) {
    waiting_.pop_front();
  }
}

std::optional<steady_time> multiplexer::next_deadline() const {
  if (deadlines_.empty()) {
    return std::nullopt;
  }
  return deadlines_.begin()->first;
}

void multiplexer::lose(const std::string& why) {
  if (lost_) {
    return;
  }
  lost_ = why;
  const std::uint64_t handed_over = before_ + sent_;
  table gone = std::exchange(entries_, {});
  deadlines_.clear();
  waiting_.clear();
  staged_.clear();
  markers_ = 0;
  unanswered_ = 0;
  for (auto& [serial, it] : gone) {
    if (it.abandoned) {
      continue;
    }
    const bool untouched = it.at == stage::waiting || (it.at == stage::staged && it.begin >= handed_over);
    it.done(fail(untouched ? errc::not_sent : errc::outcome_unknown, why));
  }
}

}  // namespace c2c::asterisk
