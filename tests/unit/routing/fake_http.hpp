// A server on loopback that does with each connection what the test says.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include "net/asio.hpp"

namespace c2c::test {

struct script {
  std::string bytes;       // what is written once the request is in
  bool close = true;       // and then; without it the connection stays open in silence
  bool read_first = true;  // without it the connection is closed before the request is read
};

inline std::string http(std::string_view status, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

class fake_http {
 public:
  explicit fake_http(asio::io_context& io) : state_(std::make_shared<state>(io)) {
    asio::co_spawn(io, serve(state_), asio::detached);
  }
  ~fake_http() { stop(); }
  fake_http(const fake_http&) = delete;
  fake_http& operator=(const fake_http&) = delete;

  std::uint16_t port() const { return state_->port; }
  void always(script what) { state_->fallback = std::move(what); }
  void next(script what) { state_->scripts.push_back(std::move(what)); }
  const std::vector<std::string>& requests() const { return state_->requests; }
  std::size_t most_at_once() const { return state_->most_open; }

  // Refuses connections from here on; those that are open are closed.
  void stop() {
    state_->stopped = true;
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    for (const auto& socket : state_->held) {
      socket->close(ignored);
    }
    state_->held.clear();
  }

 private:
  using shared_socket = std::shared_ptr<tcp_socket>;

  struct state {
    explicit state(asio::io_context& io)
        : acceptor(io, {asio::ip::address_v4::loopback(), 0}), port(acceptor.local_endpoint().port()) {}
    tcp_acceptor acceptor;
    std::uint16_t port;
    script fallback;
    std::deque<script> scripts;
    std::vector<std::string> requests;
    std::vector<shared_socket> held;
    std::size_t open = 0;
    std::size_t most_open = 0;
    bool stopped = false;
  };

  static task<void> serve(std::shared_ptr<state> self) {
    while (!self->stopped) {
      auto socket = std::make_shared<tcp_socket>(self->acceptor.get_executor());
      auto [ec] = co_await self->acceptor.async_accept(*socket, as_result);
      if (ec) {
        co_return;
      }
      asio::co_spawn(self->acceptor.get_executor(), talk(self, std::move(socket)), asio::detached);
    }
  }

  static task<void> talk(std::shared_ptr<state> self, shared_socket socket) {
    self->most_open = std::max(self->most_open, ++self->open);
    script mine = self->fallback;
    if (!self->scripts.empty()) {
      mine = std::move(self->scripts.front());
      self->scripts.pop_front();
    }
    if (mine.read_first) {
      std::string request;
      while (!whole(request)) {
        std::array<char, 4096> bytes{};
        auto [ec, count] = co_await socket->async_read_some(asio::buffer(bytes), as_result);
        if (ec) {
          break;
        }
        request.append(bytes.data(), count);
      }
      self->requests.push_back(std::move(request));
      co_await asio::async_write(*socket, asio::buffer(mine.bytes), as_result);
    }
    --self->open;
    if (!mine.close && !self->stopped) {
      self->held.push_back(std::move(socket));
    }
  }

  static bool whole(const std::string& request) {
    const std::size_t end = request.find("\r\n\r\n");
    const std::size_t length = request.find("Content-Length: ");
    return end != std::string::npos && length != std::string::npos &&
           request.size() >= end + 4 + std::stoul(request.substr(length + 16));
  }

  std::shared_ptr<state> state_;
};

}  // namespace c2c::test
