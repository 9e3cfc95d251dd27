#include "stream_reader.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "work.hpp"

namespace c2c::bench {

stream_reader::stream_reader(executor where, asio::ip::tcp::endpoint server, handlers to)
    : socket_(where), server_(std::move(server)), handlers_(std::move(to)) {}

task<void> stream_reader::run(std::shared_ptr<stream_reader> self, std::string iden, std::string ticket) {
  co_await self->read(std::move(iden), std::move(ticket));
  self->close();
  self->ended_ = true;
}

void stream_reader::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

task<void> stream_reader::read(std::string iden, std::string ticket) {
  if (const auto [refused] = co_await socket_.async_connect(server_, as_result); refused) {
    co_return;
  }
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  const std::string ask = "GET /calls/" + iden + " HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n" +
                          "Authorization: Bearer " + ticket + "\r\n\r\n";
  if (const auto [failed, written] = co_await asio::async_write(socket_, asio::buffer(ask), as_result); failed) {
    co_return;
  }
  std::array<char, 4096> chunk{};
  for (;;) {
    const auto [ec, got] = co_await socket_.async_read_some(asio::buffer(chunk), as_result);
    const steady_time now = steady_clock::now();
    if (ec) {
      co_return;
    }
    in_.append(chunk.data(), got);
    take(now);
  }
}

void stream_reader::take(steady_time when) {
  if (status_ == 0) {
    take_head(when);
  }
  for (auto end = in_.find("\n\n"); status_ == 200 && end != std::string::npos; end = in_.find("\n\n")) {
    const std::string_view block = std::string_view(in_).substr(0, end);
    if (block == ":") {
      ++heartbeats_;
    } else if (block.starts_with("id: ") && handlers_.told) {
      handlers_.told(text_of(block, "\"state\""), when);
    }
    in_.erase(0, end + 2);
  }
}

void stream_reader::take_head(steady_time when) {
  constexpr std::string_view version = "HTTP/1.1 ";
  const auto end = in_.find("\r\n\r\n");
  if (end == std::string::npos) {
    return;
  }
  std::from_chars(in_.data() + version.size(), in_.data() + version.size() + 3, status_);
  in_.erase(0, end + 4);
  if (status_ == 200 && handlers_.opened) {
    handlers_.opened(when);
  }
}

}  // namespace c2c::bench
