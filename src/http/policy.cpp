#include "http/policy.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace c2c::http {
namespace {

constexpr refusal bad_request{400, "bad request"};

// reg-name, IPv4 or a bracketed IPv6, with an optional port (RFC 3986 §3.2.2); an empty Host is allowed by RFC 9112
// §3.2.
bool host_like(std::string_view value) noexcept {
  return std::ranges::all_of(value, [](char c) {
    return ascii::is_alnum(c) || std::string_view("-._~:[]%!$&'()*+,;=").find(c) != std::string_view::npos;
  });
}

}  // namespace

bool target_like(std::string_view target) noexcept {
  const auto scheme = target.find("://");
  return target.starts_with('/') || scheme == std::string_view::npos ||
         ascii::iequals(target.substr(0, scheme), "http") || ascii::iequals(target.substr(0, scheme), "https");
}

bool chunk_extension_like(std::string_view extension) noexcept {
  return std::ranges::none_of(extension,
                              [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; });
}

void note_field(head_facts& facts, std::string_view name, std::string_view value) noexcept {
  switch (name.size()) {
    case 4:
      if (ascii::iequals(name, "Host")) {
        ++facts.hosts;
        facts.host_valid = facts.host_valid && host_like(value);
      }
      break;
    case 6:
      if (ascii::iequals(name, "Expect")) {
        ++facts.expectations;
        facts.expect_continue_only = facts.expect_continue_only && ascii::iequals(value, "100-continue");
      }
      break;
    case 14:
      if (ascii::iequals(name, "Content-Length")) {
        ++facts.content_lengths;
        facts.content_length_plain =
            facts.content_length_plain && !value.empty() && std::ranges::all_of(value, ascii::is_digit);
      }
      break;
    case 17:
      if (ascii::iequals(name, "Transfer-Encoding")) {
        ++facts.transfer_encodings;
        facts.chunked_alone = facts.chunked_alone && ascii::iequals(value, "chunked");
      }
      break;
    default: break;
  }
}

std::optional<refusal> judge(const head_facts& facts) noexcept {
  if (!facts.target_valid || facts.hosts > 1 || !facts.host_valid || (facts.hosts == 0 && facts.version >= 11)) {
    return bad_request;
  }
  if (facts.content_lengths > 1 || !facts.content_length_plain) {
    return bad_request;
  }
  if (facts.transfer_encodings > 0 &&
      (facts.transfer_encodings > 1 || !facts.chunked_alone || facts.content_lengths > 0 || facts.version < 11)) {
    return bad_request;
  }
  if (facts.expectations > 0 && !facts.expect_continue_only) {
    return refusal{417, "expectation failed"};
  }
  return std::nullopt;
}

}  // namespace c2c::http
