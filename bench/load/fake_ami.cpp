#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>

#include "ami_actions.hpp"
#include "fakes.hpp"

namespace c2c::bench {
namespace {

class ami_session {
 public:
  ami_session(tcp_socket socket, const fake_ami_options& options)
      : socket_(std::move(socket)), script_(options.script), answers_(options.secret) {}

  task<void> run() {
    std::string out(ami_answers::greeting);
    for (;;) {
      const auto [failed, written] = co_await asio::async_write(socket_, asio::buffer(out), as_result);
      out.clear();
      if (failed || answers_.done()) {
        co_return;
      }
      const auto room = in_.room();
      const auto [ec, got] = co_await socket_.async_read_some(asio::buffer(room.data(), room.size()), as_result);
      if (ec) {
        co_return;
      }
      // Everything that one read brought is answered with one write.
      in_.commit(got, [&](std::string_view action) { answer(action, out); });
    }
  }

 private:
  void answer(std::string_view action, std::string& out) {
    if (header_of(action, "Action") != "Originate") {
      return answers_.answer(action, out);
    }
    std::array<char, 16> number{};
    const int size = std::snprintf(number.data(), number.size(), "%08x", ++calls_);
    const call_script::values own{
        header_of(action, "ActionID"), header_of(action, "ChannelId"), {number.data(), static_cast<std::size_t>(size)}};
    std::string all;
    for (std::size_t part = 0; part < script_.parts(); ++part) {
      script_.append(all, part, own);
    }
    append_wanted(all, out);
  }

  // Each call has the same messages: what the filter makes of the first call's holds for all.
  void append_wanted(std::string_view all, std::string& out) {
    constexpr std::string_view blank_line = "\r\n\r\n";
    for (std::size_t number = 0; !all.empty(); ++number) {
      const std::string_view message =
          all.substr(0, std::min(all.find(blank_line), all.size() - blank_line.size()) + blank_line.size());
      if (number == wanted_.size()) {
        wanted_.push_back(answers_.wants(std::string(message)));
      }
      if (wanted_[number]) {
        out.append(message);
      }
      all.remove_prefix(message.size());
    }
  }

  tcp_socket socket_;
  const call_script& script_;
  ami_answers answers_;
  action_reader in_;
  std::vector<bool> wanted_;
  unsigned calls_ = 0;
};

task<void> serve_one(tcp_socket socket, const fake_ami_options* options) {
  ami_session one(std::move(socket), *options);
  co_await one.run();
}

}  // namespace

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
