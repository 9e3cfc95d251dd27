#include "auth/throttle.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>

#include "base/ascii.hpp"

namespace c2c::auth {
namespace {

// A hundred thousand addresses at once are a flood; as many terminals as that do not call in one minute.
constexpr std::size_t most_addresses = 65'536;
constexpr std::size_t most_terminals = 16'384;
constexpr std::size_t most_pairs = 16'384;

// Wrong digests of one terminal from addresses that are not proven: as many at once as six addresses have.
constexpr unsigned addresses_at_once = 6;
constexpr std::chrono::seconds guess_every{1};
constexpr std::chrono::days proven_for{30};

// A handshake takes a third of a millisecond with a P-256 key, a whole one with RSA 2048.
constexpr unsigned handshakes_at_once = 2'000;
constexpr std::chrono::milliseconds handshake_every{2};

// How many claims of one address, and of it for one terminal, are let in at once, and then as many again in a nonce's
// life: of the million that nonces::memory holds at most, a quarter and a sixty-fourth.
constexpr unsigned claims_of_an_address = 125'000;
constexpr unsigned claims_of_a_pair = 7'812;

constexpr std::size_t network_bytes = 8;  // an IPv6 address of one customer's network
constexpr std::size_t site_bytes = 6;     // one customer may have all the networks of these (RFC 6177)

// The bytes of an address that stand for its owner.
std::string owner_of(const asio::ip::address& client, std::size_t of_ipv6 = network_bytes) {
  if (client.is_v4()) {
    const auto bytes = client.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto bytes = client.to_v6().to_bytes();
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(of_ipv6)};
}

// Whoever is let in early was refused for nothing.
std::chrono::seconds whole(std::chrono::nanoseconds wait) {
  return std::chrono::ceil<std::chrono::seconds>(wait);
}

}  // namespace

throttle::throttle(options chosen, std::string_view key)
    : shared_(chosen.shared),
      hash_(key),
      addresses_(most_addresses, at_most(chosen.requests_per_address, std::chrono::minutes(1))),
      terminals_(most_terminals, at_most(chosen.calls_per_terminal, std::chrono::minutes(1))),
      guesses_(most_pairs, {.free_failures = chosen.wrong_digests}),
      guessed_terminals_(most_terminals, {chosen.wrong_digests * addresses_at_once, guess_every}),
      proven_(most_pairs, {chosen.wrong_digests > 0 ? 1U : 0U, proven_for}),
      handshakes_(1, {chosen.requests_per_address > 0 ? handshakes_at_once : 0, handshake_every}),
      claiming_addresses_(most_terminals,
                          at_most(chosen.requests_per_address > 0 ? claims_of_an_address : 0, chosen.nonce_life)),
      claiming_pairs_(most_pairs, at_most(chosen.calls_per_terminal > 0 ? claims_of_a_pair : 0, chosen.nonce_life)) {}

std::uint64_t throttle::key_of(std::string_view kind, std::string_view first, std::string_view second) {
  const auto bytes = hash_.of({kind, first, std::string_view("\0", 1), second});
  std::uint64_t key = 0;
  std::memcpy(&key, bytes.data(), sizeof key);
  return key;
}

std::chrono::seconds throttle::request(const asio::ip::address& client, steady_time now) {
  if (client.is_loopback()) {
    return std::chrono::seconds(0);
  }
  const std::string owner = owner_of(client);
  const std::scoped_lock lock(mutex_);
  const std::uint64_t key = key_of("address ", owner);
  const auto wait = addresses_.take(key, now);
  if (wait.count() == 0) {
    note(counted::request, key);
  } else {
    ++refused_requests_;
  }
  return whole(wait);
}

std::chrono::seconds throttle::call(std::string_view terminal, steady_time now) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t key = key_of("terminal ", terminal);
  const auto wait = terminals_.take(key, now);
  if (wait.count() == 0) {
    note(counted::call, key);
  } else {
    ++refused_calls_;
  }
  return whole(wait);
}

std::chrono::seconds throttle::handshake(const asio::ip::address& client, steady_time now) {
  if (client.is_loopback()) {
    return std::chrono::seconds(0);
  }
  const std::string owner = owner_of(client);
  const std::scoped_lock lock(mutex_);
  auto wait = addresses_.take(key_of("handshake ", owner), now);
  if (wait.count() == 0 && proven_.wait(key_of("proven ", owner), now).count() == 0) {
    wait = handshakes_.take(0, now);
  }
  return whole(wait);
}

std::chrono::seconds throttle::claim(const asio::ip::address& client, std::string_view aor, steady_time now) {
  const std::string site = owner_of(client, site_bytes);
  const std::scoped_lock lock(mutex_);
  auto wait = claiming_pairs_.take(key_of("claim ", ascii::to_lower(aor), site), now);
  if (wait.count() == 0) {
    wait = claiming_addresses_.take(key_of("claims ", site), now);
  }
  refused_claims_ += wait.count() > 0 ? 1 : 0;
  return whole(wait);
}

throttle::guess_keys throttle::keys_of(const asio::ip::address& client, std::string_view aor) {
  const std::string terminal = ascii::to_lower(aor);
  const std::uint64_t pair = key_of("guess ", terminal, owner_of(client));
  return {.pair = pair,
          .network = client.is_v4() ? pair : key_of("guess ", terminal, owner_of(client, site_bytes)),
          .terminal = key_of("guessed ", terminal)};
}

std::chrono::nanoseconds throttle::wait_of(const guess_keys& keys, steady_time now) {
  auto wait = guesses_.wait(keys.pair, now);
  if (proven_.wait(keys.pair, now).count() == 0) {
    wait = std::max({wait, guesses_.wait(keys.network, now), guessed_terminals_.wait(keys.terminal, now)});
  }
  refused_guesses_ += wait.count() > 0 ? 1 : 0;
  return wait;
}

std::chrono::seconds throttle::guess(const asio::ip::address& client, std::string_view aor, steady_time now) {
  const std::scoped_lock lock(mutex_);
  return whole(wait_of(keys_of(client, aor), now));
}

std::chrono::seconds throttle::judge(const asio::ip::address& client, std::string_view aor, bool right,
                                     steady_time now) {
  const std::scoped_lock lock(mutex_);
  const guess_keys keys = keys_of(client, aor);
  const auto wait = wait_of(keys, now);
  if (wait.count() > 0) {
    return whole(wait);
  }
  const bool proven = proven_.wait(keys.pair, now).count() > 0;
  for (const std::uint64_t key : {keys.pair, keys.network}) {
    if (!right && (key == keys.pair || !proven)) {
      guesses_.failed(key, now);
      note(counted::wrong, key);
    } else if (right && guesses_.succeeded(key)) {
      note(counted::right, key);
    }
    if (keys.network == keys.pair) {
      break;
    }
  }
  if (right) {
    proven_.charge(keys.pair, 1, now);
    proven_.charge(key_of("proven ", owner_of(client)), 1, now);
    if (!proven) {
      note(counted::proven, keys.pair);
    }
  } else if (!proven) {
    guessed_terminals_.charge(keys.terminal, 1, now);
    note(counted::guessed, keys.terminal);
  }
  return std::chrono::seconds(0);
}

throttle::counts throttle::statistics(steady_time now) {
  const std::scoped_lock lock(mutex_);
  const auto of = [now](const auto& table, std::uint64_t refused) {
    return figures{.held = table.held(now), .most = table.most(), .refused = refused, .forgotten = table.forgotten()};
  };
  return {.requests_per_address = of(addresses_, refused_requests_),
          .calls_per_terminal = of(terminals_, refused_calls_),
          .wrong_digests = of(guesses_, refused_guesses_),
          .claims = of(claiming_addresses_, refused_claims_)};
}

void throttle::note(counted kind, std::uint64_t key) {
  if (shared_) {
    unreported_.add(kind, key);
  }
}

std::string throttle::report() {
  const std::scoped_lock lock(mutex_);
  return unreported_.take();
}

result<void> throttle::count(std::string_view report, steady_time now) {
  const auto entries = read_report(report);
  if (!entries) {
    return std::unexpected(entries.error());
  }
  const std::scoped_lock lock(mutex_);
  for (const report_entry& entry : *entries) {
    switch (entry.kind) {
      case counted::request: addresses_.charge(entry.key, entry.times, now); break;
      case counted::call: terminals_.charge(entry.key, entry.times, now); break;
      case counted::right: guesses_.succeeded(entry.key); break;
      case counted::wrong: guesses_.failed(entry.key, now, entry.times); break;
      case counted::proven: proven_.charge(entry.key, 1, now); break;
      case counted::guessed: guessed_terminals_.charge(entry.key, entry.times, now); break;
    }
  }
  return {};
}

}  // namespace c2c::auth
