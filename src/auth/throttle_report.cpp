#include "auth/throttle_report.hpp"

#include <limits>

namespace c2c::auth {
namespace {

constexpr char version = 1;
constexpr std::size_t key_bytes = sizeof(std::uint64_t);
constexpr std::size_t entry_bytes = 1 + key_bytes + sizeof(std::uint16_t);
constexpr unsigned bits = 8;

template <class Number>
void append(std::string& out, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out += static_cast<char>((std::uint64_t{value} >> (bits * i)) & 0xFFU);
  }
}

template <class Number>
Number number(std::string_view from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value |= std::uint64_t{static_cast<unsigned char>(from[i])} << (bits * i);
  }
  return static_cast<Number>(value);
}

}  // namespace

void throttle_report::add(counted kind, std::uint64_t key) {
  if (kind == counted::right) {
    waiting_.erase({counted::wrong, key});
  }
  const auto known = waiting_.find({kind, key});
  if (known != waiting_.end()) {
    known->second += known->second < std::numeric_limits<std::uint16_t>::max() ? 1 : 0;
    return;
  }
  if (waiting_.size() >= most_entries || (kind == counted::request && requests_ >= most_requests)) {
    return;
  }
  requests_ += kind == counted::request ? 1 : 0;
  waiting_.emplace(std::pair(kind, key), std::uint16_t{1});
}

std::string throttle_report::take() {
  std::string out;
  if (waiting_.empty()) {
    return out;
  }
  out.reserve(1 + waiting_.size() * entry_bytes);
  out += version;
  for (const auto& [entry, times] : waiting_) {
    append(out, static_cast<std::uint8_t>(entry.first));
    append(out, entry.second);
    append(out, times);
  }
  waiting_.clear();
  requests_ = 0;
  return out;
}

result<std::vector<report_entry>> read_report(std::string_view report) {
  if (report.empty() || report.front() != version) {
    return fail(errc::malformed, "a report of another version");
  }
  report.remove_prefix(1);
  if (report.size() % entry_bytes != 0 || report.size() > throttle_report::most_entries * entry_bytes) {
    return fail(errc::malformed, "a report that is no number of entries");
  }
  std::vector<report_entry> out;
  for (; !report.empty(); report.remove_prefix(entry_bytes)) {
    const auto kind = number<std::uint8_t>(report);
    if (kind < static_cast<std::uint8_t>(counted::request) || kind > static_cast<std::uint8_t>(counted::guessed)) {
      return fail(errc::malformed, "an entry of a kind that is not known");
    }
    const auto times = number<std::uint16_t>(report.substr(1 + key_bytes));
    if (times == 0) {
      return fail(errc::malformed, "an entry of what was never counted");
    }
    out.push_back({.kind = static_cast<counted>(kind), .key = number<std::uint64_t>(report.substr(1)), .times = times});
  }
  return out;
}

}  // namespace c2c::auth
