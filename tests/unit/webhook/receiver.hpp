// A receiver of events on the loopback that answers as it is told to, on the io_context of who asks it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "net/asio.hpp"
#include "unit/client/certificate.hpp"

namespace c2c::test {

struct received {
  std::string head;
  std::string body;
  unsigned connection;  // from 1
  steady_time at;

  boost::json::value json() const { return boost::json::parse(body); }
  std::string member(const char* name) const { return json().at(name).as_string().c_str(); }
  // A value of the event's data.
  std::string data(const char* name) const { return json().at("data").at(name).as_string().c_str(); }

  std::string header(const std::string& name) const {
    const auto begin = head.find("\r\n" + name + ": ");
    if (begin == std::string::npos) {
      return "";
    }
    const auto value = begin + name.size() + 4;
    return head.substr(value, head.find("\r\n", value) - value);
  }
};

inline std::string answer(unsigned status, const std::string& more_headers = {}, const std::string& body = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " Said\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         more_headers + "\r\n" + body;
}

inline const std::string hang_up;            // closes the connection instead of an answer
inline const std::string silence = "never";  // answers nothing, ever

class webhook_receiver {
 public:
  // Gives the raw answer to a request; `connection_ends` afterwards where it holds "Connection: close".
  using script = std::function<std::string(const received&)>;

  explicit webhook_receiver(asio::io_context& io, script how = {})
      : io_(io), acceptor_(io), shared_(std::make_shared<shared>()) {
    shared_->how = how ? std::move(how) : [](const received&) { return answer(204); };
    acceptor_.open(asio::ip::tcp::v4());
    acceptor_.bind({asio::ip::address_v4::loopback(), 0});
  }
  webhook_receiver(const webhook_receiver&) = delete;
  webhook_receiver& operator=(const webhook_receiver&) = delete;

  // Until then connections are refused.
  webhook_receiver& listen(std::optional<client::test::certificate> tls = std::nullopt) {
    if (tls) {
      shared_->tls.emplace(asio::ssl::context::tls_server);
      shared_->tls->use_certificate(asio::buffer(tls->pem), asio::ssl::context::pem);
      shared_->tls->use_private_key(asio::buffer(tls->key), asio::ssl::context::pem);
    }
    acceptor_.listen();
    asio::co_spawn(io_, accept(&acceptor_, shared_), asio::detached);
    return *this;
  }

  std::string url(const std::string& target = "/calls") const {
    return (shared_->tls ? "https://" : "http://") + place() + target;
  }
  std::string place() const { return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

  const std::vector<received>& requests() const { return shared_->requests; }
  unsigned connections() const { return shared_->connections; }

 private:
  struct shared {
    script how;
    std::optional<asio::ssl::context> tls;
    std::vector<received> requests;
    unsigned connections = 0;
  };

  static task<void> accept(tcp_acceptor* on, std::shared_ptr<shared> all) {
    for (;;) {
      auto [ec, socket] = co_await on->async_accept(as_result);
      if (ec) {
        co_return;
      }
      const unsigned number = ++all->connections;
      if (!all->tls) {
        asio::co_spawn(on->get_executor(), serve(std::make_shared<tcp_socket>(std::move(socket)), all, number),
                       asio::detached);
        continue;
      }
      auto stream = std::make_shared<asio::ssl::stream<tcp_socket>>(std::move(socket), *all->tls);
      asio::co_spawn(on->get_executor(), serve_tls(std::move(stream), all, number), asio::detached);
    }
  }

  static task<void> serve_tls(std::shared_ptr<asio::ssl::stream<tcp_socket>> stream, std::shared_ptr<shared> all,
                              unsigned number) {
    auto [ec] = co_await stream->async_handshake(asio::ssl::stream_base::server, as_result);
    if (!ec) {
      co_await serve(stream, all, number);
    }
  }

  template <class Stream>
  static task<void> serve(std::shared_ptr<Stream> stream, std::shared_ptr<shared> all, unsigned number) {
    asio::streambuf buffer;
    for (;;) {
      auto [ec, head] = co_await asio::async_read_until(*stream, buffer, "\r\n\r\n", as_result);
      if (ec) {
        co_return;
      }
      received request{.head = take(buffer, head), .body = {}, .connection = number, .at = steady_clock::now()};
      const std::size_t length = std::stoul(request.header("Content-Length"));
      if (buffer.size() < length) {
        co_await asio::async_read(*stream, buffer, asio::transfer_exactly(length - buffer.size()), as_result);
      }
      request.body = take(buffer, length);
      all->requests.push_back(request);
      const std::string said = all->how(request);
      if (said == hang_up) {
        co_return;
      }
      if (said == silence) {
        co_await asio::async_read_until(*stream, buffer, "never", as_result);
        co_return;
      }
      co_await asio::async_write(*stream, asio::buffer(said), as_result);
      if (said.find("Connection: close") != std::string::npos) {
        co_return;
      }
    }
  }

  static std::string take(asio::streambuf& from, std::size_t count) {
    std::string out(static_cast<const char*>(from.data().data()), count);
    from.consume(count);
    return out;
  }

  asio::io_context& io_;
  tcp_acceptor acceptor_;
  std::shared_ptr<shared> shared_;
};

}  // namespace c2c::test
