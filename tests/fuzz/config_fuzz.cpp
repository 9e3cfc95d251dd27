// Any text is either a configuration within its limits or a list of mistakes that fit the file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ascii.hpp"
#include "config/config.hpp"

namespace {

void require(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT(*-reinterpret-cast)
  // A fuzzer that names files would read them.
  if (c2c::ascii::to_lower(text).find("_file") != std::string::npos) {
    return 0;
  }
  const auto got = c2c::config::parse(text);
  if (got) {
    require(got->digest.key.reveal().size() >= 16);
    require(got->kamailio.rpc_url.has_value() == got->routing.application_servers.empty());
    require(got->server.workers <= 256 && got->server.max_connections >= 1);
    require(got->digest.nonce_ttl.count() >= 1 && got->call.dial_timeout.count() >= 1 &&
            got->call.max_duration.count() >= 1);
    require(got->log.level >= 0 && got->log.level <= 6);
    require(got->server.tls_cert.empty() == got->server.tls_key.empty());
    return 0;
  }
  require(!got.error().empty() && got.error().size() <= 101);
  const auto lines =
      static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return c == '\n' || c == '\r'; })) + 1;
  for (const auto& one : got.error()) {
    require(!one.text.empty() && one.line <= lines + 1);
  }
  return 0;
}
