// The two steps of the contract: a challenge, then a call signed with it. Pure but for the transport that it is handed.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/random.hpp"
#include "client/http.hpp"
#include "client/settings.hpp"

namespace c2c::client {

struct order {
  std::string destination;                      // as to_destination gives it
  std::string iden;                             // never empty: a repeated request is known by it
  std::optional<std::int64_t> max_duration_ms;  // the service's default if absent
  std::optional<std::int64_t> dial_timeout_s;   // the service's default if absent
  bool optimize = false;
  bool progress = false;  // asks for a ticket
  bool dry_run = false;   // asks for the challenge and signs, but places no call
};

enum class step : std::uint8_t { challenge = 1, call };

struct placed {
  std::string iden;
  std::string ticket;  // empty from a service that tells nothing of its calls
};

struct rehearsed {
  std::string nonce;
  std::string realm;
  std::string request;  // the JSON body that POST /call would have carried; good for one call until the nonce expires
};

struct refused {
  step at;
  unsigned status;
  std::string error;  // the service's own word, else empty
  std::optional<std::chrono::seconds> retry_after;
  std::string location;
};

// What an answer says that is no success.
refused refusal(step at, const answer& got);

struct failed {
  step at;
  trouble why;
};

// A 200 that is not what the service answers.
struct nonsense {};

struct outcome {
  using kind = std::variant<placed, rehearsed, refused, failed, nonsense>;

  // NOLINTNEXTLINE(google-explicit-constructor): each kind is an outcome of its own.
  outcome(kind what_, bool maybe_placed_ = false) : what(std::move(what_)), maybe_placed(maybe_placed_) {}

  kind what;
  bool maybe_placed;  // it failed, yet a request for the call may have been acted upon
};

// connection::post, or a test's stand-in.
using transport =
    std::function<std::expected<answer, trouble>(std::string_view endpoint, const std::string& json, repeat again)>;

// The service's own kind of call id: 16 characters of base62.
std::string make_iden(random_source& random);

// ^[A-Za-z0-9_-]{1,32}$
bool is_iden(std::string_view iden) noexcept;

// Places the call. A nonce that the service refuses (401) is replaced by a new challenge once; a connection that breaks
// before the call's answer leads to one more attempt with a new challenge and the same iden, for which the service
// places no second call. Anything else is handed back as it is.
outcome place(const settings& who, const order& what, const transport& send);

}  // namespace c2c::client
