#include "client/http.hpp"

#include <utility>

#include <boost/beast/http.hpp>

#include "client/interrupt.hpp"
#include "client/link.hpp"

namespace c2c::client {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using std::chrono::milliseconds;
using text_request = http::request<http::string_body>;

template <class Stream>
task<std::expected<http::response<http::string_body>, trouble>> converse(Stream* stream, beast::flat_buffer* buffer,
                                                                         const text_request* request,
                                                                         milliseconds whole) {
  beast::get_lowest_layer(*stream).expires_after(whole);
  if (const auto [error, count] = co_await http::async_write(*stream, *request, as_result); error) {
    co_return std::unexpected(exchange_trouble(error));
  }
  for (;;) {
    http::response_parser<http::string_body> parser;
    parser.header_limit(most_header_bytes);
    parser.body_limit(most_body_bytes);
    if (const auto [error, count] = co_await http::async_read(*stream, *buffer, parser, as_result); error) {
      co_return std::unexpected(exchange_trouble(error));
    }
    if (parser.get().result_int() / 100 !=
        1) {  // a proxy's interim answer, such as 103, comes before the one that counts
      beast::get_lowest_layer(*stream).expires_never();
      co_return parser.release();
    }
  }
}

}  // namespace

struct connection::request {
  http::verb method;
  std::string_view endpoint;
  std::string_view ticket;  // none where it is empty
  std::string_view json;    // no body where it is empty
};

connection::connection(url where, connection_options options)
    : where_(std::move(where)), options_(std::move(options)) {}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

std::expected<answer, trouble> connection::exchange(const request& what, repeat again) {
  text_request request(what.method, where_.target(what.endpoint), 11, std::string(what.json));
  request.set(http::field::host, where_.authority());
  request.set(http::field::user_agent, "click2call/" C2C_VERSION);
  request.set(http::field::accept, "application/json");
  if (!what.json.empty()) {
    request.set(http::field::content_type, "application/json");
  }
  if (!what.ticket.empty()) {
    request.set(http::field::authorization, "Bearer " + std::string(what.ticket));
  }
  request.prepare_payload();
  const auto leave = [&] {
    if (again == repeat::never && options_.held_up) {
      options_.held_up();
    }
    return again == repeat::safe;
  };
  auto work = link_->tls ? converse(link_->tls.get(), &link_->buffer, &request, options_.whole)
                         : converse(link_->plain.get(), &link_->buffer, &request, options_.whole);
  auto got = run(link_->io, options_.wake, std::move(work), leave)
                 .value_or(std::unexpected(trouble{.kind = trouble_kind::given_up, .detail = {}}));
  if (!got) {
    link_.reset();
    return std::unexpected(std::move(got.error()));
  }
  if (!got->keep_alive()) {
    link_.reset();
  }
  answer out;
  out.status = got->result_int();
  out.retry_after = to_seconds((*got)[http::field::retry_after]);
  out.location = (*got)[http::field::location];
  out.body = std::move(got->body());
  return out;
}

std::expected<answer, trouble> connection::send(const request& what, repeat again) {
  if (pause_for(0, options_.wake)) {
    return std::unexpected(trouble{.kind = trouble_kind::given_up, .detail = {}});
  }
  const bool kept = link_ != nullptr;
  if (!kept) {
    auto opened = open_link(where_, options_);
    if (!opened) {
      return std::unexpected(std::move(opened.error()));
    }
    link_ = std::move(*opened);
  }
  auto out = exchange(what, again);
  if (!out && out.error().kind == trouble_kind::broken && kept && again == repeat::safe) {
    return send(what, repeat::never);
  }
  return out;
}

std::expected<answer, trouble> connection::post(std::string_view endpoint, const std::string& json, repeat again) {
  return send({.method = http::verb::post, .endpoint = endpoint, .ticket = {}, .json = json}, again);
}

std::expected<answer, trouble> connection::get(std::string_view endpoint, std::string_view ticket) {
  return send({.method = http::verb::get, .endpoint = endpoint, .ticket = ticket, .json = {}}, repeat::safe);
}

std::expected<answer, trouble> connection::remove(std::string_view endpoint, std::string_view ticket) {
  return send({.method = http::verb::delete_, .endpoint = endpoint, .ticket = ticket, .json = {}}, repeat::safe);
}

}  // namespace c2c::client
