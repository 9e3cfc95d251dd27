// A request's body is either refused or read into fields that came from it; what we answer with them is JSON again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/json/parse.hpp>

#include "api/messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto read = c2c::api::parse_message(body);
  if (!read) {
    return 0;
  }
  if (read->aor.size() > size || read->iden.size() > size || read->destination.size() > size) {
    __builtin_trap();
  }
  boost::system::error_code ec;
  const auto answer = boost::json::parse(c2c::api::challenge_body("nonce", read->aor), ec);
  if (ec || answer.at("realm").as_string() != read->aor) {
    __builtin_trap();
  }
  return 0;
}
