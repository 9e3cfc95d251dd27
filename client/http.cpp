#include "client/http.hpp"

#include <charconv>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/net.hpp"

namespace c2c::client {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::milliseconds;
using plain_stream = beast::basic_stream<asio::ip::tcp, executor>;
using tls_stream = asio::ssl::stream<plain_stream>;
using json_request = http::request<http::string_body>;
using endpoints = std::vector<asio::ip::tcp::endpoint>;

constexpr std::uint32_t most_header_bytes = 16 * 1024;
constexpr std::uint64_t most_body_bytes = 64 * 1024ULL;

std::unexpected<trouble> trouble_of(trouble_kind kind, std::string detail = {}) {
  return std::unexpected(trouble{.kind = kind, .detail = std::move(detail)});
}

// The system's resolver knows no deadline and cannot be stopped, so it gets a thread that may be left behind.
std::expected<endpoints, trouble> look_up(const std::string& host, std::uint16_t port, milliseconds budget) {
  using found = std::pair<error_code, endpoints>;
  std::packaged_task<found()> job([host, port] {
    asio::io_context io;
    asio::ip::tcp::resolver resolver(io);
    error_code error;
    found out;
    for (const auto& entry :
         resolver.resolve(host, std::to_string(port), asio::ip::resolver_base::numeric_service, error)) {
      out.second.push_back(entry.endpoint());
    }
    out.first = error;
    return out;
  });
  std::future<found> result = job.get_future();
  std::thread(std::move(job)).detach();
  if (result.wait_for(budget) != std::future_status::ready) {
    return trouble_of(trouble_kind::timed_out, "the name look-up took too long");
  }
  auto [error, out] = result.get();
  if (error || out.empty()) {
    return trouble_of(trouble_kind::name_not_found, error.message());
  }
  return out;
}

trouble connect_trouble(error_code error) {
  if (error == beast::error::timeout || error == asio::error::timed_out) {
    return {.kind = trouble_kind::timed_out, .detail = error.message()};
  }
  const bool refused = error == asio::error::connection_refused;
  return {.kind = refused ? trouble_kind::refused : trouble_kind::unreachable, .detail = error.message()};
}

trouble exchange_trouble(error_code error) {
  trouble out{.kind = trouble_kind::broken, .detail = error.message(), .sent = true};
  if (error == beast::error::timeout) {
    out.kind = trouble_kind::timed_out;
  } else if (error == http::error::body_limit || error == http::error::header_limit ||
             error == http::error::buffer_overflow) {
    out.kind = trouble_kind::too_large;
  } else if (error == http::error::end_of_stream || error == http::error::partial_message) {
    out.kind = trouble_kind::broken;
  } else if (error.category() == http::make_error_code(http::error::bad_version).category()) {
    out.kind = trouble_kind::not_http;
  } else if (error.category() == asio::error::get_ssl_category()) {
    out.kind = trouble_kind::tls;
  }
  return out;
}

std::optional<std::chrono::seconds> to_seconds(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return std::chrono::seconds(seconds);
}

// Runs `work` to its end on this thread.
template <class T>
T run(asio::io_context& io, task<T> work) {
  T out{};
  asio::co_spawn(io, std::move(work), [&out](const std::exception_ptr& error, T value) {
    if (error) {
      std::rethrow_exception(error);
    }
    out = std::move(value);
  });
  io.restart();
  io.run();
  return out;
}

// Tries each address with an even share of the time that is left, so that one dead address cannot use it all up.
task<std::expected<void, trouble>> connect(plain_stream* stream, endpoints all, steady_time deadline) {
  trouble last{.kind = trouble_kind::unreachable};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto left = deadline - steady_clock::now();
    if (left <= steady_clock::duration::zero()) {
      co_return trouble_of(trouble_kind::timed_out);
    }
    stream->expires_after(left / static_cast<std::int64_t>(all.size() - i));
    const auto [error] = co_await stream->async_connect(all[i], as_result);
    if (!error) {
      error_code ignored;
      stream->socket().set_option(asio::ip::tcp::no_delay(true), ignored);
      co_return std::expected<void, trouble>{};
    }
    last = connect_trouble(error);
    error_code ignored;
    stream->socket().close(ignored);
  }
  co_return std::unexpected(std::move(last));
}

task<std::expected<void, trouble>> shake_hands(tls_stream* stream, steady_time deadline) {
  stream->next_layer().expires_at(deadline);
  const auto [error] = co_await stream->async_handshake(asio::ssl::stream_base::client, as_result);
  if (!error) {
    co_return std::expected<void, trouble>{};
  }
  if (error == beast::error::timeout) {
    co_return trouble_of(trouble_kind::timed_out, error.message());
  }
  const long verdict = SSL_get_verify_result(stream->native_handle());
  if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
    co_return trouble_of(trouble_kind::wrong_name, X509_verify_cert_error_string(verdict));
  }
  if (verdict != X509_V_OK) {
    co_return trouble_of(trouble_kind::untrusted, X509_verify_cert_error_string(verdict));
  }
  co_return trouble_of(trouble_kind::tls, error.message());
}

template <class Stream>
task<std::expected<http::response<http::string_body>, trouble>> send(Stream* stream, beast::flat_buffer* buffer,
                                                                     const json_request* request, milliseconds whole) {
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

// The verification is OpenSSL's own, so that its verdict tells a wrong name from an unknown issuer.
bool expect_host(SSL* ssl, const std::string& host) {
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  return SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

}  // namespace

struct connection::link {
  asio::io_context io{1};
  asio::ssl::context context{asio::ssl::context::tls_client};
  std::unique_ptr<plain_stream> plain;  // one of the two is there
  std::unique_ptr<tls_stream> tls;
  beast::flat_buffer buffer{most_header_bytes + most_body_bytes};
};

connection::connection(url where, connection_options options)
    : where_(std::move(where)), options_(std::move(options)) {}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

std::expected<void, trouble> connection::open() {
  const steady_time deadline = steady_clock::now() + options_.connect;
  auto addresses = look_up(where_.host, where_.port, options_.connect);
  if (!addresses) {
    return std::unexpected(std::move(addresses.error()));
  }
  auto fresh = std::make_unique<link>();
  if (!where_.tls) {
    fresh->plain = std::make_unique<plain_stream>(fresh->io.get_executor());
    auto connected = run(fresh->io, connect(fresh->plain.get(), std::move(*addresses), deadline));
    if (connected) {
      link_ = std::move(fresh);
    }
    return connected;
  }

  error_code error;
  SSL_CTX_set_min_proto_version(fresh->context.native_handle(), TLS1_2_VERSION);
  fresh->context.set_default_verify_paths(
      error);  // a machine without a store trusts nothing, which the handshake tells
  if (!options_.ca.empty()) {
    fresh->context.load_verify_file(options_.ca, error);
    if (error) {
      return trouble_of(trouble_kind::bad_ca, error.message());
    }
  }
  fresh->context.set_verify_mode(options_.verify_tls ? asio::ssl::verify_peer : asio::ssl::verify_none, error);
  fresh->tls = std::make_unique<tls_stream>(plain_stream(fresh->io.get_executor()), fresh->context);
  if (!expect_host(fresh->tls->native_handle(), where_.host)) {
    return trouble_of(trouble_kind::tls, "OpenSSL does not take this host name");
  }
  auto connected = run(fresh->io, connect(&fresh->tls->next_layer(), std::move(*addresses), deadline));
  if (connected) {
    connected = run(fresh->io, shake_hands(fresh->tls.get(), deadline));
  }
  if (connected) {
    link_ = std::move(fresh);
  }
  return connected;
}

std::expected<answer, trouble> connection::exchange(std::string_view endpoint, const std::string& json) {
  json_request request(http::verb::post, where_.target(endpoint), 11, json);
  request.set(http::field::host, where_.authority());
  request.set(http::field::user_agent, "click2call/" C2C_VERSION);
  request.set(http::field::content_type, "application/json");
  request.set(http::field::accept, "application/json");
  request.prepare_payload();
  auto got = link_->tls ? run(link_->io, send(link_->tls.get(), &link_->buffer, &request, options_.whole))
                        : run(link_->io, send(link_->plain.get(), &link_->buffer, &request, options_.whole));
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

std::expected<answer, trouble> connection::post(std::string_view endpoint, const std::string& json, repeat again) {
  const bool kept = link_ != nullptr;
  if (!kept) {
    if (auto opened = open(); !opened) {
      return std::unexpected(std::move(opened.error()));
    }
  }
  auto out = exchange(endpoint, json);
  if (!out && out.error().kind == trouble_kind::broken && kept && again == repeat::safe) {
    return post(endpoint, json, repeat::never);
  }
  return out;
}

}  // namespace c2c::client
