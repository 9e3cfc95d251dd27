#include <benchmark/benchmark.h>

#include "routing/jsonrpc.hpp"

namespace {

void parse_htable_reply(benchmark::State& state) {
  constexpr std::string_view body =
      "{\n\t\"jsonrpc\":\t\"2.0\",\n\t\"result\":\t{\n\t\t\"item\":\t{\n\t\t\t\"name\":\t\"1\",\n\t\t\t\"value\":\t"
      "\"sip:127.0.0.1:6060\",\n\t\t\t\"flags\":\t1\n\t\t}\n\t},\n\t\"id\":\t1\n}";
  for (auto _ : state) {
    const auto host = c2c::routing::parse_htable_reply(200, body);
    if (!host) {
      state.SkipWithError("not understood");
      break;
    }
    benchmark::DoNotOptimize(host);
  }
}
BENCHMARK(parse_htable_reply);

}  // namespace
