// What a Redis says, however it is cut: each command is answered once, and the same in one piece as in many.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "redis/session.hpp"

namespace {

using c2c::redis::answer;
using c2c::redis::session;

constexpr int commands = 5;
constexpr std::size_t most_bytes = 4'096;  // below what one answer may be gathered to

struct outcome {
  std::vector<std::string> answers;
  bool broken = false;
  bool operator==(const outcome&) const = default;
};

outcome run(std::string_view said, std::size_t piece) {
  const c2c::redis::url where;
  const c2c::steady_time now{std::chrono::hours(1)};
  session it(where, {}, now);
  outcome out;
  std::vector<int> done(commands, 0);
  it.connected();
  for (int i = 0; i < commands; ++i) {
    it.submit(
        {"SET", "key", "", "NX", "PX", "1000"}, now + std::chrono::seconds(1), [&, i](const c2c::result<answer>& got) {
          if (++done[static_cast<std::size_t>(i)] > 1) {
            __builtin_trap();
          }
          out.answers.push_back(
              got ? std::to_string(static_cast<int>(got->type)) + got->text + std::to_string(got->number) : "lost");
        });
  }
  for (auto bytes = it.to_write(); !bytes.empty(); bytes = it.to_write()) {
    it.wrote(bytes.size());
  }
  while (!said.empty() && !it.fault()) {
    const std::size_t size = std::min(piece, said.size());
    it.received(std::span(said.data(), size));
    said.remove_prefix(size);
  }
  out.broken = it.fault().has_value();
  it.finish();
  if (std::ranges::any_of(done, [](int times) { return times != 1; })) {
    __builtin_trap();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view said(reinterpret_cast<const char*>(data), std::min(size, most_bytes));
  const outcome whole = run(said, most_bytes);
  if (run(said, 1) != whole || run(said, 7) != whole) {
    __builtin_trap();
  }
  return 0;
}
