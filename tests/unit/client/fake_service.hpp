// A server on the loopback that answers from a list: one list of raw replies for each connection that it will take.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/completion_condition.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>

#include "certificate.hpp"

namespace c2c::client::test {

inline constexpr const char* hang_up = "";   // closes the connection instead of an answer
inline constexpr const char* silence = "…";  // never answers

inline std::string http_reply(const std::string& body, const std::string& more_headers = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers + "\r\n" + body;
}

class fake_service {
 public:
  using replies = std::vector<std::string>;

  explicit fake_service(std::vector<replies> connections, std::optional<certificate> tls = std::nullopt)
      : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}), port_(acceptor_.local_endpoint().port()) {
    thread_ = std::thread([this, all = std::move(connections), tls = std::move(tls)] { serve(all, tls); });
  }
  // Answers one request on each connection, as the function says.
  explicit fake_service(std::function<std::string(const std::string& request)> reply)
      : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}), port_(acceptor_.local_endpoint().port()) {
    thread_ = std::thread([this, reply = std::move(reply)] {
      boost::system::error_code error;
      for (;;) {
        boost::asio::ip::tcp::socket socket = acceptor_.accept(error);
        if (error) {
          return;
        }
        boost::asio::streambuf buffer;
        if (read_request(socket, buffer)) {
          boost::asio::write(socket, boost::asio::buffer(reply(requests().back())), error);
        }
      }
    });
  }
  fake_service(const fake_service&) = delete;
  fake_service& operator=(const fake_service&) = delete;
  ~fake_service() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // wakes a thread that waits in accept
    thread_.join();
  }

  unsigned short port() const { return port_; }
  int connections() const { return connections_; }

  // Before the n-th reply of all, from 0, `then` runs on the service's thread.
  void before_reply(std::size_t n, std::function<void()> then) {
    const std::scoped_lock lock(mutex_);
    before_[n] = std::move(then);
  }

  // Each request as "head\r\n\r\nbody", in the order they came.
  std::vector<std::string> requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }

 private:
  void serve(const std::vector<replies>& all, const std::optional<certificate>& tls) {
    for (const replies& list : all) {
      boost::system::error_code error;
      boost::asio::ip::tcp::socket socket = acceptor_.accept(error);
      if (error) {
        return;
      }
      ++connections_;
      if (!tls) {
        answer(socket, list);
        continue;
      }
      boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
      context.use_certificate(boost::asio::buffer(tls->pem), boost::asio::ssl::context::pem);
      context.use_private_key(boost::asio::buffer(tls->key), boost::asio::ssl::context::pem);
      boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream(std::move(socket), context);
      stream.handshake(boost::asio::ssl::stream_base::server, error);
      if (!error) {
        answer(stream, list);
      }
    }
  }

  template <class Stream>
  void answer(Stream& stream, const replies& list) {
    boost::asio::streambuf buffer;
    for (const std::string& reply : list) {
      if (!read_request(stream, buffer) || reply == hang_up) {
        return;
      }
      boost::system::error_code error;
      if (const auto then = next_before()) {
        then();
      }
      if (reply == silence) {
        boost::asio::read_until(stream, buffer, "never", error);  // until the client has had enough
        return;
      }
      boost::asio::write(stream, boost::asio::buffer(reply), error);
    }
  }

  std::function<void()> next_before() {
    const std::scoped_lock lock(mutex_);
    const auto at = before_.find(replies_++);
    return at == before_.end() ? nullptr : at->second;
  }

  template <class Stream>
  bool read_request(Stream& stream, boost::asio::streambuf& buffer) {
    boost::system::error_code error;
    const std::size_t head = boost::asio::read_until(stream, buffer, "\r\n\r\n", error);
    if (error) {
      return false;
    }
    const auto text = [&] { return std::string(static_cast<const char*>(buffer.data().data()), buffer.size()); };
    const std::string name = "Content-Length: ";
    const std::size_t field = text().substr(0, head).find(name);
    const std::size_t length = field == std::string::npos ? 0 : std::stoul(text().substr(field + name.size()));
    if (buffer.size() < head + length) {
      boost::asio::read(stream, buffer, boost::asio::transfer_exactly(head + length - buffer.size()), error);
    }
    const std::scoped_lock lock(mutex_);
    requests_.push_back(text().substr(0, head + length));
    buffer.consume(head + length);
    return !error;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  unsigned short port_;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::map<std::size_t, std::function<void()>> before_;
  std::size_t replies_ = 0;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace c2c::client::test
