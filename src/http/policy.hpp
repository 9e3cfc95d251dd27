// Which request heads are taken. Beast 1.88 alone accepts framings that two servers in a row may read differently (a
// Transfer-Encoding beside a Content-Length, codings other than chunked); whatever is ambiguous is refused here
// (RFC 9112 §6.3, §11.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace c2c::http {

struct refusal {
  std::uint16_t status;
  std::string_view text;
};

// What the policy looks at, gathered field by field.
struct head_facts {
  unsigned version = 11;  // 10, or 11 for all of HTTP/1 above
  bool target_valid = true;
  unsigned hosts = 0;
  unsigned content_lengths = 0;
  unsigned transfer_encodings = 0;
  bool content_length_plain = true;  // digits only
  bool chunked_alone = true;         // each Transfer-Encoding is exactly "chunked"
  bool host_valid = true;
  unsigned expectations = 0;
  bool expect_continue_only = true;
};

// An absolute-form target is one of ours only as http or https (RFC 9112 §3.2.2).
bool target_like(std::string_view target) noexcept;

// A chunk's extensions mean nothing to us; a control character in a quoted value may end a line for another server.
bool chunk_extension_like(std::string_view extension) noexcept;

// Takes one header field into account.
void note_field(head_facts& facts, std::string_view name, std::string_view value) noexcept;

// Nothing where the head is fine.
std::optional<refusal> judge(const head_facts& facts) noexcept;

struct reader_limits {
  std::size_t header_bytes = 8'192;
  std::size_t body_bytes = 4'096;
};

}  // namespace c2c::http
