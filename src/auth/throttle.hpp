// How often who may do what: requests of an address, calls of a terminal, wrong passwords.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "auth/guess_guard.hpp"
#include "auth/hmac.hpp"
#include "auth/rate_table.hpp"
#include "auth/throttle_report.hpp"
#include "base/errc.hpp"
#include "net/asio.hpp"

namespace c2c::auth {

// Shared by all workers: any thread may ask. In fixed memory, whatever comes (about 1.7 MB, taken as it is used): under
// a flood of new addresses the least busy ones are forgotten. An IPv6 network of 64 bits counts as one address, as a
// single customer has them all.
class throttle {
 public:
  // 0: no limit.
  struct options {
    unsigned requests_per_address = 1'200;  // a minute; all of them may come at once
    unsigned calls_per_terminal = 120;      // a minute
    unsigned wrong_digests = 10;            // of one terminal from one address, before it has to wait
    bool shared = false;                    // with other instances: report() is called
  };

  // `key` makes it unknown which addresses share a place; it is the same at all instances. Throws as hmac_sha256 does.
  throttle(options chosen, std::string_view key);

  // Each tells how long to wait, in whole seconds; zero: go on.

  // A request of this address. The machine's own addresses are not counted: who comes from there is a proxy that is not
  // known as one, and stands for many, or could do worse.
  std::chrono::seconds request(const asio::ip::address& client, steady_time now);
  // A call that this terminal may place, by its password.
  std::chrono::seconds call(std::string_view terminal, steady_time now);
  // Before anything is done for a digest: whether it would be looked at.
  std::chrono::seconds guess(const asio::ip::address& client, std::string_view aor, steady_time now);
  // What the digest turned out to be. Tells zero, and has counted it, or how long to wait: others came first since
  // `guess`, and nobody may be told whether this one was right. So of any number that were let in together no more than
  // `wrong_digests` are answered.
  std::chrono::seconds judge(const asio::ip::address& client, std::string_view aor, bool right, steady_time now);

  // What a limit has come to.
  struct figures {
    std::size_t held = 0;  // addresses, terminals, or pairs of both that are counted at the moment
    std::size_t most = 0;  // 0: no limit
    std::uint64_t refused = 0;
    std::uint64_t forgotten = 0;  // of those that were held: others needed the place
  };
  struct counts {
    figures requests_per_address;
    figures calls_per_terminal;
    figures wrong_digests;
  };
  counts statistics(steady_time now);

  // Several instances count together by telling one another what each has counted, instead of asking a common store: no
  // request waits for it, and a flood of new addresses fills nobody's memory.

  // What was counted here since the last report; empty when there is nothing. See throttle_report.
  std::string report();
  // Counts what another instance reports. Errors: malformed (nothing of it is counted).
  result<void> count(std::string_view report, steady_time now);

 private:
  std::uint64_t key_of(std::string_view kind, std::string_view first, std::string_view second = {});
  std::uint64_t pair_of(const asio::ip::address& client, std::string_view aor);
  std::chrono::nanoseconds wait_of(std::uint64_t pair, steady_time now);

  void note(counted kind, std::uint64_t key);

  const bool shared_;
  std::mutex mutex_;
  hmac_sha256 hash_;
  rate_table addresses_;
  rate_table terminals_;
  guess_guard guesses_;
  throttle_report unreported_;
  std::uint64_t refused_requests_ = 0;
  std::uint64_t refused_calls_ = 0;
  std::uint64_t refused_guesses_ = 0;
};

}  // namespace c2c::auth
