#include "call/history.hpp"

#include <span>

namespace c2c::call {

snapshot at(const history& told, std::size_t number) {
  const std::span<const change> so_far(told.data(), number);
  snapshot out{.now = so_far.back().what, .why = so_far.back().why, .started = so_far.front().at};
  for (const change& each : so_far) {
    if (each.what == state::connected) {
      out.connected = each.at;
    } else if (is_last(each.what)) {
      out.ended = each.at;
    }
  }
  return out;
}

void go_on(history& told, const history& news) {
  for (const change& each : news) {
    if (!complete(told) && each.what > told.back().what) {
      told.push_back(each);
    }
  }
}

bool complete(const history& told) noexcept {
  return is_last(told.back().what);
}

}  // namespace c2c::call
