#include <benchmark/benchmark.h>

#include "api/messages.hpp"
#include "http/reader.hpp"
#include "http/response.hpp"

namespace {

using namespace c2c;

constexpr std::string_view challenge_request =
    "POST /challenge HTTP/1.1\r\nHost: 127.0.0.1:9090\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n"
    R"({"aor":"u00001@127.0.0.1"})";

void read_challenge_request(benchmark::State& state) {
  http::reader reader{http::reader_limits{}};
  for (auto _ : state) {
    reader.start();
    const auto step = reader.feed(challenge_request);
    if (step.reached != http::reader::outcome::complete) {
      state.SkipWithError("not complete");
      break;
    }
    benchmark::DoNotOptimize(reader.message());
  }
}
BENCHMARK(read_challenge_request);

void parse_challenge_message(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(api::parse_message(R"({"aor":"u00001@127.0.0.1"})"));
  }
}
BENCHMARK(parse_challenge_message);

void parse_call_message(benchmark::State& state) {
  const std::string body = R"({"aor":"u00001@127.0.0.1","nonce":"1700000000.0123456789abcdef.)" + std::string(64, 'a') +
                           R"(","response":"0123456789abcdef0123456789abcdef","destination":"+34900000486"})";
  for (auto _ : state) {
    benchmark::DoNotOptimize(api::parse_message(body));
  }
}
BENCHMARK(parse_call_message);

void write_challenge_response(benchmark::State& state) {
  const std::string nonce = "1700000000.0123456789abcdef." + std::string(64, 'a');
  std::string out;
  for (auto _ : state) {
    out.clear();
    http::response answer;
    answer.body = api::challenge_body(nonce, "127.0.0.1");
    http::framing how;
    how.date = "Tue, 14 Nov 2023 22:13:20 GMT";
    http::write(answer, how, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(write_challenge_response);

}  // namespace
