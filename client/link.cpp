#include "client/link.hpp"

#include <charconv>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "client/interrupt.hpp"

namespace c2c::client {

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::milliseconds;
using endpoints = std::vector<asio::ip::tcp::endpoint>;

std::unexpected<trouble> trouble_of(trouble_kind kind, std::string detail = {}) {
  return std::unexpected(trouble{.kind = kind, .detail = std::move(detail)});
}

// The system's resolver knows no deadline and cannot be stopped, so it gets a thread that may be left behind.
std::expected<endpoints, trouble> look_up(const std::string& host, std::uint16_t port, milliseconds budget, int wake) {
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
  constexpr milliseconds glance(50);
  const steady_time deadline = steady_clock::now() + budget;
  while (result.wait_for(glance) != std::future_status::ready) {
    if (pause_for(0, wake)) {
      return trouble_of(trouble_kind::given_up);
    }
    if (steady_clock::now() >= deadline) {
      return trouble_of(trouble_kind::timed_out, "the name look-up took too long");
    }
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
  stream->next_layer().expires_after(deadline - steady_clock::now());
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

// The verification is OpenSSL's own, so that its verdict tells a wrong name from an unknown issuer.
bool expect_host(SSL* ssl, const std::string& host) {
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (!not_an_address) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

// The context and the stream of a TLS connection, not connected yet.
std::expected<void, trouble> prepare_tls(link& on, const url& where, const connection_options& options) {
  error_code error;
  SSL_CTX_set_min_proto_version(on.context.native_handle(), TLS1_2_VERSION);
  on.context.set_default_verify_paths(error);  // a machine without a store trusts nothing, which the handshake tells
  if (!options.ca.empty()) {
    on.context.load_verify_file(options.ca, error);
    if (error) {
      return trouble_of(trouble_kind::bad_ca, error.message());
    }
  }
  on.context.set_verify_mode(options.verify_tls ? asio::ssl::verify_peer : asio::ssl::verify_none, error);
  on.tls = std::make_unique<tls_stream>(plain_stream(on.io.get_executor()), on.context);
  if (!expect_host(on.tls->native_handle(), where.server.host)) {
    return trouble_of(trouble_kind::tls, "OpenSSL does not take this host name");
  }
  return {};
}

}  // namespace

std::optional<std::chrono::seconds> to_seconds(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return std::chrono::seconds(seconds);
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

std::expected<std::unique_ptr<link>, trouble> open_link(const url& where, const connection_options& options) {
  const steady_time deadline = steady_clock::now() + options.connect;
  auto addresses = look_up(where.server.host, where.server.port, options.connect, options.wake);
  if (!addresses) {
    return std::unexpected(std::move(addresses.error()));
  }
  auto out = std::make_unique<link>();
  const auto finish = [&](task<std::expected<void, trouble>> work) {
    return run(out->io, options.wake, std::move(work), [] { return true; })
        .value_or(trouble_of(trouble_kind::given_up));
  };
  std::expected<void, trouble> done;
  if (where.tls) {
    done = prepare_tls(*out, where, options);
    if (done) {
      done = finish(connect(&out->tls->next_layer(), std::move(*addresses), deadline));
    }
    if (done) {
      done = finish(shake_hands(out->tls.get(), deadline));
    }
  } else {
    out->plain = std::make_unique<plain_stream>(out->io.get_executor());
    done = finish(connect(out->plain.get(), std::move(*addresses), deadline));
  }
  if (!done) {
    return std::unexpected(std::move(done.error()));
  }
  return out;
}

}  // namespace c2c::client
