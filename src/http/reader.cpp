#include "http/reader.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/ascii.hpp"

namespace c2c::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::system::error_code;

// What one request is gathered in. The strings keep their capacity from request to request.
struct gathered {
  head_facts facts;
  verb method = verb::unknown;
  std::string target;
  std::string host;
  std::string origin;
  std::string accept;
  std::string authorization;
  std::string last_event_id;
  std::string forwarded_for;
  std::string requested_headers;
  std::string body;
  bool private_network = false;
  bool head_done = false;
  std::optional<refusal> refused;

  void clear() {
    facts = {};
    method = verb::unknown;
    target.clear();
    host.clear();
    origin.clear();
    accept.clear();
    authorization.clear();
    last_event_id.clear();
    forwarded_for.clear();
    requested_headers.clear();
    body.clear();
    private_network = false;
    head_done = false;
    refused.reset();
  }
};

// Keeps the few fields that we use and stores nothing else: Beast's own field container allocates for each of them.
class parser final : public beast_http::basic_parser<true> {
 public:
  parser(gathered& into, const reader_limits& limits) : into_(into) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    body_limit(limits.body_bytes);
    eager(true);
  }

  bool http_1_0() const { return into_.facts.version == 10; }

 private:
  void on_request_impl(verb method, boost::beast::string_view, boost::beast::string_view target, int version,
                       error_code&) override {
    into_.method = method;
    into_.target.assign(target);
    into_.facts.version = static_cast<unsigned>(version);
    into_.facts.target_valid = target_like(into_.target);
  }

  void on_field_impl(beast_http::field field, boost::beast::string_view name, boost::beast::string_view value,
                     error_code&) override {
    // Trailers come this way too; none of them may count as a header (RFC 9110 §6.5.1).
    if (into_.head_done) {
      return;
    }
    note_field(into_.facts, name, value);
    if (field == beast_http::field::host) {
      into_.host.assign(value);
    } else if (field == beast_http::field::origin) {
      into_.origin.assign(value);
    } else if (field == beast_http::field::accept) {
      into_.accept.assign(value);
    } else if (field == beast_http::field::authorization) {
      into_.authorization.assign(value);
    } else if (ascii::iequals(name, "Last-Event-ID")) {
      into_.last_event_id.assign(value);
    } else if (ascii::iequals(name, "X-Forwarded-For")) {
      // Several lines are one list (RFC 9110 §5.3).
      into_.forwarded_for.append(into_.forwarded_for.empty() ? "" : ",").append(value);
    } else if (field == beast_http::field::access_control_request_headers) {
      into_.requested_headers.assign(value);
    } else if (ascii::iequals(name, "Access-Control-Request-Private-Network")) {
      into_.private_network = ascii::iequals(value, "true");
    }
  }

  void on_header_impl(error_code& ec) override {
    into_.head_done = true;
    into_.refused = judge(into_.facts);
    if (into_.refused) {
      ec = beast_http::error::bad_field;
    }
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(boost::beast::string_view body, error_code&) override {
    into_.body.append(body);
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view extension, error_code& ec) override {
    if (!chunk_extension_like(extension)) {
      ec = beast_http::error::bad_chunk_extension;
    }
  }

  std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view body, error_code&) override {
    into_.body.append(body);
    return body.size();
  }

  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, boost::beast::string_view, int, error_code&) override {}

  gathered& into_;
};

// Beast counts a chunk's extensions and the trailers towards no limit: a request may take so many bytes in all.
std::size_t most_bytes(const reader_limits& limits) {
  return 2 * limits.header_bytes + 4 * limits.body_bytes;
}

// So many bytes of empty lines may stand before a request line.
constexpr std::size_t most_blank = 8;

// How many bytes at its beginning are empty lines, which some clients send after a body (RFC 9112 §2.2).
std::size_t blank_lines(std::string_view input) noexcept {
  std::size_t blank = 0;
  while (blank < most_blank && input.substr(blank).starts_with("\r\n")) {
    blank += 2;
  }
  return blank;
}

// Whether a request line, or what there is of it, ends in a later version of HTTP/1 than 1.1: it is read as 1.1
// (RFC 9110 §2.5), of which Beast knows nothing.
bool of_later_minor(std::string_view line) noexcept {
  constexpr std::string_view version = " HTTP/1.";
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  const char minor = line.empty() ? '\0' : line.back();
  return minor >= '2' && minor <= '9' && line.substr(0, line.size() - 1).ends_with(version);
}

// The path and query of an origin-form or absolute-form target (RFC 9112 §3.2).
void split_target(std::string_view target, request& into) {
  if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != std::string_view::npos) {
    const auto path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  const auto mark = target.find('?');
  into.path = target.substr(0, mark);
  into.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

}  // namespace

struct reader::impl {
  explicit impl(reader_limits limits_) : limits(limits_) {}

  reader_limits limits;
  gathered now;
  std::optional<parser> parse;
  request message;
  refusal refused{400, "bad request"};
  std::size_t blank = 0;  // bytes before the request line
  std::size_t taken = 0;
  bool continue_sent = false;
};

reader::reader(reader_limits limits) : impl_(std::make_unique<impl>(limits)) {
  start();
}

reader::~reader() = default;

void reader::start() {
  impl_->now.clear();
  impl_->parse.emplace(impl_->now, impl_->limits);
  impl_->message = {};
  impl_->blank = 0;
  impl_->taken = 0;
  impl_->continue_sent = false;
}

reader::step reader::feed(std::string_view input) {
  impl& self = *impl_;
  error_code ec;
  std::size_t consumed = 0;
  if (self.taken == 0) {
    consumed = std::min(blank_lines(input), most_blank - self.blank);
    self.blank += consumed;
    const std::string_view first = input.substr(consumed);
    if (first == "\r" && self.blank < most_blank) {
      return {outcome::need_more, consumed};
    }
    const auto end = first.find("\r\n");
    if (of_later_minor(first.substr(0, end))) {
      if (end == std::string_view::npos) {
        return {outcome::need_more, consumed};
      }
      std::string line(first.substr(0, end + 2));
      line[end - 1] = '1';
      self.taken = self.parse->put(boost::asio::buffer(line), ec);
      consumed += self.taken;
    }
  }
  const std::size_t before = consumed;
  // Beast stops at the boundary between header and body, and after each chunk.
  while (!self.parse->is_done() && consumed < input.size() && (!ec || ec == beast_http::error::need_more)) {
    const std::size_t more = self.parse->put(boost::asio::buffer(input.substr(consumed)), ec);
    consumed += more;
    if (ec || more == 0) {
      break;
    }
  }
  self.taken += consumed - before;
  // A refusal is answered too, and a browser only sees the answer that its origin may see.
  self.message.method = self.now.method;
  self.message.origin = self.now.origin;
  if (ec == beast_http::error::need_more) {
    ec = {};
  }
  if (ec || self.taken > most_bytes(self.limits)) {
    const bool too_long = ec == beast_http::error::header_limit || ec == beast_http::error::body_limit ||
                          ec == beast_http::error::buffer_overflow || !ec;
    self.refused =
        self.now.refused.value_or(too_long ? refusal{413, "request too large"} : refusal{400, "bad request"});
    return {outcome::refused, consumed};
  }
  if (self.parse->is_done()) {
    self.message.body = self.now.body;
    self.message.host = self.now.host;
    self.message.accept = self.now.accept;
    self.message.authorization = self.now.authorization;
    self.message.last_event_id = self.now.last_event_id;
    self.message.forwarded_for = self.now.forwarded_for;
    self.message.requested_headers = self.now.requested_headers;
    self.message.private_network = self.now.private_network;
    split_target(self.now.target, self.message);
    return {outcome::complete, consumed};
  }
  if (self.now.head_done && self.now.facts.expectations > 0 && !self.continue_sent && self.now.facts.version >= 11 &&
      consumed == input.size()) {
    self.continue_sent = true;
    return {outcome::send_continue, consumed};
  }
  return {outcome::need_more, consumed};
}

const request& reader::message() const noexcept {
  return impl_->message;
}

bool reader::keep_alive() const noexcept {
  return impl_->parse->keep_alive();
}

bool reader::http_1_0() const noexcept {
  return impl_->parse->http_1_0();
}

refusal reader::refused_with() const noexcept {
  return impl_->refused;
}

bool reader::begun() const noexcept {
  return impl_->taken > 0;
}

}  // namespace c2c::http
