#include "client/hang_up.hpp"

#include <algorithm>
#include <utility>

namespace c2c::client {

namespace {

constexpr std::chrono::seconds patience{30};
constexpr std::chrono::seconds most_for_one{10};
constexpr std::chrono::seconds most_asked_wait{120};
constexpr std::chrono::minutes most_patience{5};

}  // namespace

bool passes(const refused& it) noexcept {
  return it.status == 408 || it.status == 425 || it.status == 429 || it.status >= 500;
}

bool is_unknown_call(const refused& it) noexcept {
  return it.status == 404 && it.error == "unknown call";
}

std::chrono::milliseconds asked_wait(const refused& it) noexcept {
  return std::min(it.retry_after.value_or(std::chrono::seconds(0)), most_asked_wait);
}

hang_up::hang_up(const live_call& which)
    : which_(which),
      why_(failed{.at = step::call, .why = {.kind = trouble_kind::timed_out, .detail = {}, .sent = true}}),
      began_(steady_clock::now()),
      next_(began_),
      until_(began_ + patience) {
  which_.how.whole = std::min<std::chrono::milliseconds>(which_.how.whole, most_for_one);
}

hang_up::result hang_up::ask(int wake) {
  which_.how.wake = wake;
  auto got = connection(which_.where, which_.how).remove(which_.endpoint(), which_.ticket);
  if (got) {
    return take(*got);
  }
  if (got.error().kind == trouble_kind::given_up) {
    return result::given_up;
  }
  why_ = failed{.at = step::call, .why = std::move(got.error())};
  return later(std::chrono::milliseconds(0));
}

hang_up::result hang_up::take(const answer& got) {
  if (got.status == 204) {
    return result::over;
  }
  if (got.status == 202) {
    now_ = parse_snapshot(got.body).value_or(snapshot{});
    return result::ending;
  }
  const refused& it = why_.emplace<refused>(refusal(step::call, got));
  if (is_unknown_call(it)) {
    return result::unknown;
  }
  return passes(it) ? later(asked_wait(it)) : result::refused;
}

hang_up::result hang_up::later(std::chrono::milliseconds wanted) {
  next_ = steady_clock::now() + std::max(wanted, wait_.next(random_.next_u32()));
  if (wanted.count() > 0) {
    until_ = std::min(std::max(until_, next_ + most_for_one), began_ + most_patience);
  }
  return result::again;
}

}  // namespace c2c::client
