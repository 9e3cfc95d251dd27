#include <array>
#include <cstdio>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>

#include "base/ascii.hpp"
#include "base/hex.hpp"
#include "fakes.hpp"

namespace c2c::bench {
namespace {

constexpr std::string_view challenge = "160526383";
constexpr std::size_t read_bytes = 64 * 1024;

std::string login_key(const std::string& secret) {
  const std::string text = std::string(challenge) + secret;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  std::size_t length = 0;
  EVP_Q_digest(nullptr, "MD5", nullptr, text.data(), text.size(), digest.data(), &length);
  std::string key(length * 2, '\0');
  to_hex(std::span(digest).first(length), key.data());
  return key;
}

std::string_view header(std::string_view action, std::string_view name) {
  for (std::size_t at = 0; at < action.size();) {
    const auto end = action.find("\r\n", at);
    const std::string_view line = action.substr(at, end - at);
    if (line.size() > name.size() && line[name.size()] == ':' && ascii::iequals(line.substr(0, name.size()), name)) {
      const auto value = line.find_first_not_of(' ', name.size() + 1);
      return value == std::string_view::npos ? std::string_view() : line.substr(value);
    }
    at = end == std::string_view::npos ? action.size() : end + 2;
  }
  return {};
}

class ami_session {
 public:
  ami_session(tcp_socket socket, const fake_ami_options& options) : socket_(std::move(socket)), options_(options) {}

  task<void> run() {
    out_ = "Asterisk Call Manager/9.0.0\r\n";
    std::string in(read_bytes, '\0');
    std::size_t have = 0;
    for (;;) {
      const auto [failed, written] = co_await asio::async_write(socket_, asio::buffer(out_), as_result);
      out_.clear();
      if (failed || done_) {
        co_return;
      }
      const auto [ec, got] =
          co_await socket_.async_read_some(asio::buffer(in.data() + have, in.size() - have), as_result);
      if (ec) {
        co_return;
      }
      have += got;
      // Everything that one read brought is answered with one write.
      std::size_t begin = 0;
      const std::string_view text(in.data(), have);
      for (auto end = text.find("\r\n\r\n"); end != std::string_view::npos; end = text.find("\r\n\r\n", begin)) {
        answer(text.substr(begin, end - begin));
        begin = end + 4;
      }
      in.erase(0, begin);
      in.resize(read_bytes);
      have -= begin;
    }
  }

 private:
  void answer(std::string_view action) {
    const std::string_view name = header(action, "Action");
    const std::string_view id = header(action, "ActionID");
    if (name == "Originate") {
      std::array<char, 16> number{};
      const int size = std::snprintf(number.data(), number.size(), "%08x", ++calls_);
      options_.script.append(out_, id, header(action, "ChannelId"), {number.data(), static_cast<std::size_t>(size)});
    } else if (name == "Challenge") {
      reply(id, "Success", "Challenge: ", challenge);
    } else if (name == "Login") {
      const bool right = header(action, "Key") == login_key(options_.secret);
      reply(id, right ? "Success" : "Error", "Message: ", right ? "Authentication accepted" : "Authentication failed");
    } else if (name == "Ping") {
      reply(id, "Success", "Ping: ", "Pong");
    } else if (name == "CoreShowChannels") {
      reply(id, "Success", "Message: ", "Channels will follow");
      out_.append("Event: CoreShowChannelsComplete\r\nActionID: ").append(id);
      out_ += "\r\nEventList: Complete\r\nListItems: 0\r\n\r\n";
    } else if (name == "Logoff") {
      reply(id, "Goodbye", "Message: ", "Thanks for all the fish.");
      done_ = true;
    } else {
      reply(id, "Error", "Message: ", "No such channel");
    }
  }

  void reply(std::string_view id, std::string_view how, std::string_view name, std::string_view value) {
    out_.append("Response: ").append(how).append("\r\nActionID: ").append(id).append("\r\n");
    out_.append(name).append(value).append("\r\n\r\n");
  }

  tcp_socket socket_;
  const fake_ami_options& options_;
  std::string out_;
  unsigned calls_ = 0;
  bool done_ = false;
};

task<void> serve_one(tcp_socket socket, const fake_ami_options* options) {
  ami_session one(std::move(socket), *options);
  co_await one.run();
}

}  // namespace

call_script::call_script(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, value>, 3> names{
      {{"{action}", value::action}, {"{iden}", value::iden}, {"{n}", value::number}}};
  std::string literal;
  while (!text.empty()) {
    value found = value::none;
    for (const auto& [name, which] : names) {
      if (text.starts_with(name)) {
        found = which;
        text.remove_prefix(name.size());
        break;
      }
    }
    if (found != value::none) {
      pieces_.emplace_back(std::move(literal), found);
      literal.clear();
      continue;
    }
    literal += text.front() == '\n' ? "\r\n" : std::string(1, text.front());
    text.remove_prefix(1);
  }
  pieces_.emplace_back(std::move(literal), value::none);
}

void call_script::append(std::string& out, std::string_view action, std::string_view iden,
                         std::string_view number) const {
  for (const auto& [literal, what] : pieces_) {
    out += literal;
    switch (what) {
      case value::action: out += action; break;
      case value::iden: out += iden; break;
      case value::number: out += number; break;
      case value::none: break;
    }
  }
}

task<void> serve_ami(tcp_acceptor acceptor, const fake_ami_options* options) {
  for (;;) {
    auto [ec, socket] = co_await acceptor.async_accept(as_result);
    if (ec) {
      co_return;
    }
    boost::system::error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    asio::co_spawn(acceptor.get_executor(), serve_one(std::move(socket), options), asio::detached);
  }
}

}  // namespace c2c::bench
