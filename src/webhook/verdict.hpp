// What a receiver's answer to an event means. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace c2c::webhook {

enum class verdict : std::uint8_t { delivered, again, refused };

struct judgement {
  verdict outcome;
  std::chrono::seconds wait{0};  // with `again`: how long the receiver wants to be left alone
};

// 2xx is delivered; 408, 429 and 5xx may go better later; all else is refused for good, a redirect too, as following
// one would hand the events to whoever can write the answer. `retry_after` is that header as it came (RFC 9110
// §10.2.3), in seconds or as a date in the preferred format, and counts for nothing where it is neither.
judgement judge(unsigned status, std::string_view retry_after, std::chrono::sys_seconds now);

}  // namespace c2c::webhook
