#include "http_client.hpp"

#include <charconv>
#include <stdexcept>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "base/ascii.hpp"

namespace c2c::bench {
namespace {

constexpr std::size_t read_bytes = 4'096;

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view field(std::string_view head, std::string_view name) {
  for (auto line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line + 2)) {
    const std::string_view rest = head.substr(line + 2);
    if (rest.size() > name.size() && rest[name.size()] == ':' && ascii::iequals(rest.substr(0, name.size()), name)) {
      const auto begin = rest.find_first_not_of(' ', name.size() + 1);
      return rest.substr(begin, rest.find("\r\n") - begin);
    }
  }
  return {};
}

}  // namespace

http_client::http_client(executor where, asio::ip::tcp::endpoint server)
    : socket_(where),
      server_(std::move(server)),
      host_(server_.address().to_string() + ':' + std::to_string(server_.port())) {}

task<bool> http_client::connect() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  const auto [ec] = co_await socket_.async_connect(server_, as_result);
  if (ec) {
    socket_.close(ignored);
    co_return false;
  }
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  ++connects_;
  co_return true;
}

task<http_client::reply> http_client::post(std::string_view path, std::string_view body) {
  out_.assign("POST ").append(path).append(" HTTP/1.1\r\nHost: ").append(host_);
  out_.append("\r\nContent-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
  out_.append("\r\n\r\n").append(body);
  if (!socket_.is_open() && !co_await connect()) {
    co_return reply{};
  }
  const reply answer = co_await exchange();
  if (answer.status == 0) {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  co_return answer;
}

task<http_client::reply> http_client::exchange() {
  const auto [failed, written] = co_await asio::async_write(socket_, asio::buffer(out_), as_result);
  if (failed) {
    co_return reply{};
  }
  in_.resize(std::max(in_.size(), read_bytes));
  std::size_t have = 0;
  for (;;) {
    const auto [ec, got] =
        co_await socket_.async_read_some(asio::buffer(in_.data() + have, in_.size() - have), as_result);
    if (ec) {
      co_return reply{};
    }
    have += got;
    const std::string_view text(in_.data(), have);
    const auto end = text.find("\r\n\r\n");
    if (end != std::string_view::npos) {
      const std::string_view head = text.substr(0, end + 2);
      const std::size_t length = number(field(head, "Content-Length"));
      if (have >= end + 4 + length) {
        if (ascii::iequals(field(head, "Connection"), "close")) {
          boost::system::error_code ignored;
          socket_.close(ignored);
        }
        co_return reply{static_cast<unsigned>(number(text.substr(9, 3))), text.substr(end + 4, length)};
      }
    }
    if (have == in_.size()) {
      in_.resize(in_.size() * 2);
    }
  }
}

url parse_url(std::string_view text) {
  constexpr std::string_view scheme = "http://";
  if (!text.starts_with(scheme)) {
    throw std::runtime_error("a URL must begin with http://");
  }
  text.remove_prefix(scheme.size());
  const auto slash = text.find('/');
  const std::string_view authority = text.substr(0, slash);
  const auto colon = authority.rfind(':');
  const std::size_t port = colon == std::string_view::npos ? 80 : number(authority.substr(colon + 1));
  const auto address = asio::ip::make_address(std::string(authority.substr(0, colon)));
  return {{address, static_cast<std::uint16_t>(port)},
          slash == std::string_view::npos ? std::string("/") : std::string(text.substr(slash))};
}

}  // namespace c2c::bench
