#include "support/scripted_ami.hpp"

#include <array>
#include <optional>
#include <span>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>

#include "asterisk/message.hpp"
#include "base/hex.hpp"

namespace c2c::test {
namespace {

constexpr std::string_view challenge = "840415273";

std::string key_for(const std::string& secret) {
  const std::string text = std::string(challenge) + secret;
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  std::size_t length = 0;
  EVP_Q_digest(nullptr, "MD5", nullptr, text.data(), text.size(), digest.data(), &length);
  std::string key(length * 2, '\0');
  to_hex(std::span(digest).first(length), key.data());
  return key;
}

}  // namespace

ami_script& ami_script::sends(std::string bytes) {
  steps_.push_back({kind::send, std::move(bytes), {}});
  return *this;
}

ami_script& ami_script::expects(std::string action, std::string as) {
  steps_.push_back({kind::expect, std::move(action), std::move(as)});
  return *this;
}

ami_script& ami_script::succeeds(std::string_view as) {
  return sends("Response: Success\r\nActionID: {" + std::string(as) + "}\r\nMessage: Done\r\n\r\n");
}

ami_script& ami_script::waits(std::chrono::milliseconds time) {
  steps_.push_back({kind::wait, {}, {}, time});
  return *this;
}

ami_script& ami_script::closes() {
  steps_.push_back({kind::close, {}, {}});
  return *this;
}

ami_script& ami_script::logs_in(const std::string& secret, std::chrono::milliseconds delay) {
  sends("Asterisk Call Manager/9.0.0\r\n");
  expects("Challenge");
  sends("Response: Success\r\nActionID: {id}\r\nChallenge: " + std::string(challenge) + "\r\n\r\n");
  expects("Login");
  steps_.push_back({kind::check_key, key_for(secret), {}});
  waits(delay);
  return sends("Response: Success\r\nActionID: {id}\r\nMessage: Authentication accepted\r\n\r\n");
}

ami_script& ami_script::answers_everything() {
  steps_.push_back({kind::answer, {}, {}});
  return *this;
}

ami_script& ami_script::stops_reading() {
  steps_.push_back({kind::stop, {}, {}});
  return *this;
}

struct scripted_ami::connection {
  explicit connection(tcp_socket accepted) : socket(std::move(accepted)), pause(socket.get_executor()) {}

  tcp_socket socket;
  timer pause;
  std::string input;
  std::size_t used = 0;
  std::string action;
  std::map<std::string, std::string, std::less<>> ids;
};

struct scripted_ami::state {
  explicit state(asio::io_context& run_by)
      : context(run_by), acceptor(run_by.get_executor(), {asio::ip::address_v4::loopback(), 0}) {
    port = acceptor.local_endpoint().port();
  }

  asio::io_context& context;
  tcp_acceptor acceptor;
  std::uint16_t port = 0;
  std::deque<ami_script> scripts;
  std::vector<std::weak_ptr<connection>> open;
  std::vector<std::string> actions;
  std::vector<std::string> surprises;
  int connections = 0;
};

scripted_ami::scripted_ami(asio::io_context& context) : state_(std::make_shared<state>(context)) {
  asio::co_spawn(context.get_executor(), accept(state_), asio::detached);
}

scripted_ami::~scripted_ami() {
  stops_listening();
  for (const auto& weak : state_->open) {
    if (const auto one = weak.lock()) {
      one->socket.close();
      one->pause.cancel();
    }
  }
}

std::uint16_t scripted_ami::port() const {
  return state_->port;
}

void scripted_ami::plays(ami_script script) {
  state_->scripts.push_back(std::move(script));
}

void scripted_ami::stops_listening() {
  state_->acceptor.close();
}

int scripted_ami::connections() const {
  return state_->connections;
}

const std::vector<std::string>& scripted_ami::actions() const {
  return state_->actions;
}

const std::vector<std::string>& scripted_ami::surprises() const {
  return state_->surprises;
}

task<void> scripted_ami::accept(std::shared_ptr<state> all) {
  for (;;) {
    auto [error, socket] = co_await all->acceptor.async_accept(as_result);
    if (error) {
      co_return;
    }
    ++all->connections;
    socket.set_option(asio::ip::tcp::no_delay(true));
    auto one = std::make_shared<connection>(std::move(socket));
    all->open.push_back(one);
    ami_script script;
    if (!all->scripts.empty()) {
      script = all->scripts.front();
      if (all->scripts.size() > 1) {
        all->scripts.pop_front();
      }
    }
    asio::co_spawn(all->context.get_executor(), play(all, std::move(one), std::move(script)), asio::detached);
  }
}

task<void> scripted_ami::play(std::shared_ptr<state> all, std::shared_ptr<connection> one, ami_script script) {
  for (const ami_script::step& step : script.steps_) {
    if (!co_await perform(all, one, step)) {
      co_return;
    }
  }
  while (co_await read_action(all, one)) {
  }
}

// Whether the connection goes on.
task<bool> scripted_ami::perform(std::shared_ptr<state> all, std::shared_ptr<connection> one, ami_script::step step) {
  using kind = ami_script::kind;
  switch (step.what) {
    case kind::send: {
      for (const auto& [name, id] : one->ids) {
        const std::string mark = "{" + name + "}";
        for (auto at = step.text.find(mark); at != std::string::npos; at = step.text.find(mark, at)) {
          step.text.replace(at, mark.size(), id);
        }
      }
      const auto [error, bytes] = co_await asio::async_write(one->socket, asio::buffer(step.text), as_result);
      co_return !error;
    }
    case kind::expect:
      if (!co_await read_action(all, one)) {
        all->surprises.push_back("closed instead of " + step.text);
        co_return false;
      }
      if (asterisk::message(one->action).get("Action") != step.text) {
        all->surprises.push_back("instead of " + step.text + ": " + one->action);
      }
      one->ids["id"] = one->ids[step.as] = std::string(asterisk::message(one->action).get("ActionID"));
      co_return true;
    case kind::check_key:
      if (asterisk::message(one->action).get("Key") != step.text) {
        all->surprises.push_back("a wrong key: " + one->action);
      }
      co_return true;
    case kind::wait:
      one->pause.expires_after(step.time);
      co_await one->pause.async_wait(as_result);
      co_return one->socket.is_open();
    case kind::close: one->socket.close(); co_return false;
    case kind::answer:
      while (co_await read_action(all, one)) {
        const std::string answer =
            "Response: Success\r\nActionID: " + std::string(asterisk::message(one->action).get("ActionID")) +
            "\r\nPing: Pong\r\n\r\n";
        const auto [error, bytes] = co_await asio::async_write(one->socket, asio::buffer(answer), as_result);
        if (error) {
          break;
        }
      }
      co_return false;
    case kind::stop:
      one->pause.expires_at(steady_time::max());
      co_await one->pause.async_wait(as_result);
      co_return false;
  }
  co_return false;
}

task<bool> scripted_ami::read_action(std::shared_ptr<state> all, std::shared_ptr<connection> one) {
  constexpr std::string_view end = "\r\n\r\n";
  for (;;) {
    if (const auto found = one->input.find(end, one->used); found != std::string::npos) {
      one->action = one->input.substr(one->used, found + 2 - one->used);
      one->used = found + end.size();
      all->actions.push_back(one->action);
      co_return true;
    }
    one->input.erase(0, std::exchange(one->used, 0));
    std::array<char, 16384> chunk{};
    const auto [error, bytes] = co_await one->socket.async_read_some(asio::buffer(chunk), as_result);
    if (error) {
      co_return false;
    }
    one->input.append(chunk.data(), bytes);
  }
}

}  // namespace c2c::test
