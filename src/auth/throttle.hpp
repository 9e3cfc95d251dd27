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

// Shared by all workers: any thread may ask. In fixed memory, whatever comes (about 3 MB, taken as it is used): under
// a flood of new addresses the least busy ones are forgotten. An IPv6 network of 64 bits counts as one address, as a
// single customer has them all; where a customer may have more of them, one of 48 bits does.
class throttle {
 public:
  // 0: no limit.
  struct options {
    unsigned requests_per_address = 1'200;  // a minute; all of them may come at once
    unsigned calls_per_terminal = 120;      // a minute
    unsigned wrong_digests = 10;            // of one terminal from one address, before it has to wait
    std::chrono::seconds nonce_life{60};    // as long as the claim of a nonce is held
    bool shared = false;                    // with other instances: report() is called
  };

  // `key` makes it unknown which addresses share a place; it is the same at all instances. Throws as hmac_sha256 does.
  throttle(options chosen, std::string_view key);

  // Each tells how long to wait, in whole seconds; zero: go on.

  // A request of this address. The machine's own addresses are not counted: who comes from there is a proxy that is not
  // known as one, and stands for many, or could do worse.
  std::chrono::seconds request(const asio::ip::address& client, steady_time now);
  // A TLS handshake that this address begins: as many as it may have requests, and of all addresses together so many a
  // second that the processor has time for more, but for those from which a right digest has come lately.
  std::chrono::seconds handshake(const asio::ip::address& client, steady_time now);
  // A nonce that is about to be claimed, whoever it proves to be: claims are held for all in one store, and nobody may
  // fill it. The machine's own addresses are counted too.
  std::chrono::seconds claim(const asio::ip::address& client, std::string_view aor, steady_time now);
  // A call that this terminal may place, by its password.
  std::chrono::seconds call(std::string_view terminal, steady_time now);
  // Before anything is done for a digest: whether it would be looked at. A terminal that many addresses guess at has a
  // bound of its own, so many at once and then one a second of the whole world; an address from which its right digest
  // came in the last thirty days passes that by, so that its owner calls on.
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
    figures claims;
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
  // Under which keys a guess is counted.
  struct guess_keys {
    std::uint64_t pair;     // the terminal and the address
    std::uint64_t network;  // the terminal and the 48 bits of an IPv6 address; for IPv4 the same as the pair
    std::uint64_t terminal;
  };
  guess_keys keys_of(const asio::ip::address& client, std::string_view aor);
  std::chrono::nanoseconds wait_of(const guess_keys& keys, steady_time now);

  void note(counted kind, std::uint64_t key);

  const bool shared_;
  std::mutex mutex_;
  hmac_sha256 hash_;
  rate_table addresses_;
  rate_table terminals_;
  guess_guard guesses_;
  rate_table guessed_terminals_;
  rate_table proven_;  // addresses, and pairs of a terminal and an address: one that is not full is proven
  rate_table handshakes_;
  rate_table claiming_addresses_;
  rate_table claiming_pairs_;
  throttle_report unreported_;
  std::uint64_t refused_requests_ = 0;
  std::uint64_t refused_calls_ = 0;
  std::uint64_t refused_guesses_ = 0;
  std::uint64_t refused_claims_ = 0;
};

}  // namespace c2c::auth
