#include <benchmark/benchmark.h>

#include "auth/aor.hpp"
#include "auth/digest.hpp"
#include "auth/nonce.hpp"
#include "base/random.hpp"
#include "nonces/memory.hpp"

namespace {

using namespace c2c;

constexpr std::string_view aor = "u00001@127.0.0.1";
constexpr std::chrono::sys_seconds now{std::chrono::seconds(1'700'000'000)};

auth::nonce_signer signer() {
  return {"0123456789abcdef0123456789abcdef", std::chrono::seconds(30)};
}

void parse_aor(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(auth::parse_aor(aor));
  }
}
BENCHMARK(parse_aor);

void issue_nonce(benchmark::State& state) {
  auto sign = signer();
  random_source random;
  auth::nonce_signer::buffer out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(sign.issue(aor, now, random.next_u64(), out));
  }
}
BENCHMARK(issue_nonce);

void verify_nonce(benchmark::State& state) {
  auto sign = signer();
  auth::nonce_signer::buffer out;
  const auto nonce = sign.issue(aor, now, 42, out);
  for (auto _ : state) {
    benchmark::DoNotOptimize(sign.verify(aor, nonce, now));
  }
}
BENCHMARK(verify_nonce);

void verify_digest(benchmark::State& state) {
  auth::digester digester;
  auto sign = signer();
  auth::nonce_signer::buffer out;
  const auto nonce = sign.issue(aor, now, 42, out);
  const auto response = digester.response("u00001", "127.0.0.1", "u00001**PA55W0RD", nonce, "+34900000486");
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        digester.verify(auth::view(response), "u00001", "127.0.0.1", "u00001**PA55W0RD", nonce, "+34900000486"));
  }
}
BENCHMARK(verify_digest);

// A clock that moves, so that old claims are dropped as new ones come: about 30,000 live ones.
void claim(benchmark::State& state) {
  std::int64_t tick = 0;
  nonces::memory store({.max_entries = 1'000'000, .now = [&] { return now + std::chrono::seconds(tick / 1'000); }});
  std::uint64_t key = 88'172'645'463'325'252ULL;
  for (auto _ : state) {
    key ^= key << 13U;
    key ^= key >> 7U;
    key ^= key << 17U;
    ++tick;
    benchmark::DoNotOptimize(store.claim_now(key, now + std::chrono::seconds(tick / 1'000 + 31)));
  }
  state.counters["bytes_per_entry"] = static_cast<double>(store.bytes()) / static_cast<double>(store.entries());
}
BENCHMARK(claim);

}  // namespace
