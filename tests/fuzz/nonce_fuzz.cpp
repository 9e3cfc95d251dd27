// A nonce from anyone: whatever verifies is the one spelling that the signer itself produces.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "auth/aor.hpp"
#include "auth/nonce.hpp"

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr sys_seconds now{seconds(1'800'000'000)};

void require(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

void any_bytes_are_refused(c2c::auth::nonce_signer& signer, std::string_view nonce) {
  const auto verified = signer.verify("alice@example.com", nonce, now);
  // Only a holder of the secret can make one, and the fuzzer is none.
  require(!verified);
  require(verified.error().code == c2c::errc::invalid_nonce);
}

// Takes a true nonce, changes it at the places the input names, and expects it to be good only where nothing changed.
void a_changed_nonce_is_refused(c2c::auth::nonce_signer& signer, std::string_view aor, std::string_view changes) {
  c2c::auth::nonce_signer::buffer buffer{};
  const std::string_view nonce = signer.issue(aor, now, changes.size(), buffer);
  require(signer.verify(aor, nonce, now).has_value());
  auto changed = buffer;
  for (std::size_t i = 0; i + 1 < changes.size(); i += 2) {
    changed[static_cast<std::uint8_t>(changes[i]) % nonce.size()] = changes[i + 1];
  }
  const std::string_view given(changed.data(), nonce.size());
  require(signer.verify(aor, given, now).has_value() == (given == nonce));
}

void an_aor_is_split_and_joined(std::string_view text) {
  const auto aor = c2c::auth::parse_aor(text);
  if (!aor) {
    return;
  }
  require(!aor->user.empty() && !aor->realm.empty() && aor->realm.find('@') == std::string_view::npos);
  require(aor->user.size() + 1 + aor->realm.size() == text.size() && text.size() <= c2c::auth::max_aor_bytes);
  require(text.find_first_of(" \r\n\t\x7f") == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static c2c::auth::nonce_signer signer("a secret of the fuzzer", seconds(30));
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  any_bytes_are_refused(signer, input);
  an_aor_is_split_and_joined(input);
  const std::size_t half = size / 2;
  a_changed_nonce_is_refused(signer, input.substr(0, half), input.substr(half));
  return 0;
}
