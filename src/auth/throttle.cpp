#include "auth/throttle.hpp"

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

// The bytes of an address that stand for its owner.
std::string owner_of(const asio::ip::address& client) {
  if (client.is_v4()) {
    const auto bytes = client.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  constexpr std::size_t network_bytes = 8;
  const auto bytes = client.to_v6().to_bytes();
  return {bytes.begin(), bytes.begin() + network_bytes};
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
      guesses_(most_pairs, {.free_failures = chosen.wrong_digests}) {}

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

std::uint64_t throttle::pair_of(const asio::ip::address& client, std::string_view aor) {
  return key_of("guess ", ascii::to_lower(aor), owner_of(client));
}

std::chrono::nanoseconds throttle::wait_of(std::uint64_t pair, steady_time now) {
  const auto wait = guesses_.wait(pair, now);
  refused_guesses_ += wait.count() > 0 ? 1 : 0;
  return wait;
}

std::chrono::seconds throttle::guess(const asio::ip::address& client, std::string_view aor, steady_time now) {
  const std::scoped_lock lock(mutex_);
  return whole(wait_of(pair_of(client, aor), now));
}

std::chrono::seconds throttle::judge(const asio::ip::address& client, std::string_view aor, bool right,
                                     steady_time now) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t pair = pair_of(client, aor);
  const auto wait = wait_of(pair, now);
  if (wait.count() > 0) {
    return whole(wait);
  }
  if (!right) {
    guesses_.failed(pair, now);
    note(counted::wrong, pair);
  } else if (guesses_.succeeded(pair)) {
    note(counted::right, pair);
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
          .wrong_digests = of(guesses_, refused_guesses_)};
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
    }
  }
  return {};
}

}  // namespace c2c::auth
