#include "call/history.hpp"

#include <span>

namespace c2c::call {

snapshot at(const history& past, std::size_t number) {
  const std::span<const change> so_far(past.data(), number);
  snapshot out{.state = so_far.back().state, .reason = so_far.back().reason, .started = so_far.front().at};
  for (const change& next : so_far) {
    if (next.state == state::connected) {
      out.connected = next.at;
    } else if (is_last(next.state)) {
      out.ended = next.at;
    }
  }
  return out;
}

void go_on(history& past, const history& news) {
  for (const change& next : news) {
    if (!complete(past) && next.state > past.back().state) {
      past.push_back(next);
    }
  }
}

bool complete(const history& past) noexcept {
  return is_last(past.back().state);
}

}  // namespace c2c::call
