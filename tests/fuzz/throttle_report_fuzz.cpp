// What another instance reports: read without harm, and what is read can be said again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auth/throttle_report.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view said(reinterpret_cast<const char*>(data), size);
  const auto read = c2c::auth::read_report(said);
  if (!read) {
    return 0;
  }
  if (read->size() > c2c::auth::throttle_report::most_entries) {
    __builtin_trap();
  }
  c2c::auth::throttle_report again;
  for (const auto& each : *read) {
    again.add(each.kind, each.key);
  }
  const auto text = again.take();
  if (text.empty() != read->empty() || (!text.empty() && !c2c::auth::read_report(text))) {
    __builtin_trap();
  }
  return 0;
}
