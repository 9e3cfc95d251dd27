#include "net/connection.hpp"

#include <algorithm>
#include <array>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>

#include "base/ascii.hpp"
#include "net/client_tls.hpp"

namespace c2c::net {
namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

// How long an address has before the next one is tried as well (RFC 8305 §8), and the least of it where a name has so
// many addresses that the time would not do for all.
constexpr milliseconds head_start{250};
constexpr milliseconds least_head_start{10};

constexpr std::string_view connecting = "connecting";

struct contest {
  std::vector<std::shared_ptr<tcp_socket>> running;
  std::shared_ptr<tcp_socket> winner;
  error_code last;
};

}  // namespace

addresses in_turn(const addresses& found) {
  std::array<addresses, 2> families;
  for (const asio::ip::address& address : found) {
    families.at(address.is_v6() == found.front().is_v6() ? 0 : 1).push_back(address);
  }
  addresses out;
  for (std::size_t i = 0; out.size() < found.size(); ++i) {
    for (const addresses& family : families) {
      if (i < family.size()) {
        out.push_back(family[i]);
      }
    }
  }
  return out;
}

connection::connection(const executor& ex, resolver& names) : names_(names), socket_(ex), expiry_(ex), step_(ex) {}

task<result<void>> connection::open(std::shared_ptr<connection> self, endpoint to,
                                    std::shared_ptr<asio::ssl::context> tls, steady_time by) {
  if (self->closed_) {
    co_return self->broken(connecting, asio::error::operation_aborted);
  }
  self->expire_at(by);
  self->step_.expires_at(steady_time::max());
  const auto found = co_await find_addresses(&self->names_, to.host, &self->step_);
  if (self->closed_) {
    co_return self->broken("looking up its name", asio::error::operation_aborted);
  }
  if (!found) {
    co_return std::unexpected(found.error());
  }
  std::vector<asio::ip::tcp::endpoint> order;
  for (const asio::ip::address& address : in_turn(*found)) {
    order.emplace_back(address, to.port);
  }
  if (auto connected = co_await self->race(std::move(order), by); !connected) {
    self->names_.doubt(to.host);
    co_return connected;
  }
  co_return tls ? co_await self->begin_tls(std::move(to.host), std::move(tls)) : result<void>();
}

task<result<void>> connection::open(std::shared_ptr<connection> self, std::string socket_path, steady_time by) {
  self->expire_at(by);
  const asio::generic::stream_protocol::endpoint there{asio::local::stream_protocol::endpoint(socket_path)};
  const auto [ec] = co_await self->socket_.async_connect(there, as_result);
  co_return ec ? result<void>(self->broken(connecting, ec)) : result<void>();
}

task<result<void>> connection::race(std::vector<asio::ip::tcp::endpoint> to, steady_time by) {
  const auto running = std::make_shared<contest>();
  const auto share =
      std::chrono::floor<milliseconds>(by - steady_clock::now()) / static_cast<milliseconds::rep>(2 * to.size() + 1);
  const milliseconds wait = std::clamp(share, least_head_start, head_start);
  auto next = to.begin();
  while (!running->winner && !closed_ && (next != to.end() || !running->running.empty())) {
    if (next != to.end()) {
      const auto tried = running->running.emplace_back(std::make_shared<tcp_socket>(socket_.get_executor()));
      tried->async_connect(*next++, [self = shared_from_this(), running, tried](const error_code& ec) {
        std::erase(running->running, tried);
        running->last = ec;
        if (!ec && !running->winner) {
          running->winner = tried;
        }
        self->step_.cancel();
      });
    }
    step_.expires_at(next != to.end() ? steady_clock::now() + wait : steady_time::max());
    co_await step_.async_wait(as_result);
  }
  for (const auto& socket : running->running) {
    error_code ignored;
    socket->close(ignored);
  }
  if (!running->winner || closed_) {
    co_return broken(connecting, running->last);
  }
  socket_ = std::move(*running->winner);
  error_code ignored;  // NOLINTBEGIN(bugprone-unused-return-value): a socket without them works
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);  // NOLINTEND(bugprone-unused-return-value)
  co_return result<void>();
}

task<result<void>> connection::begin_tls(std::string host, std::shared_ptr<asio::ssl::context> tls) {
  tls_.emplace(socket_, *tls);
  SSL* const native = tls_->native_handle();
  if (!expect_host(native, host)) {
    co_return fail(errc::unavailable, "TLS cannot ask for its name");
  }
  const auto [ec] = co_await tls_->async_handshake(asio::ssl::stream_base::client, as_result);
  if (!ec) {
    co_return result<void>();
  }
  const std::string distrust = why_not_trusted(native);
  if (distrust.empty() || late_) {
    co_return broken("beginning TLS", ec);
  }
  co_return fail(errc::unavailable, "its certificate is not accepted: " + distrust);
}

task<error_code> connection::write(std::shared_ptr<connection> self, std::string_view bytes) {
  const auto from = asio::buffer(bytes);
  const auto [ec, count] = self->tls_ ? co_await asio::async_write(*self->tls_, from, as_result)
                                      : co_await asio::async_write(self->socket_, from, as_result);
  co_return ec;
}

void connection::expire_at(steady_time when) {
  expiry_.expires_at(when);
  expiry_.async_wait([weak = weak_from_this()](const error_code& ec) {
    const auto self = weak.lock();
    // An expiry that was under way while it moved is none.
    if (!ec && self && !self->closed_ && self->expiry_.expiry() <= steady_clock::now()) {
      self->late_ = true;
      self->close();
    }
  });
}

void connection::close() {
  closed_ = true;
  error_code ignored;
  socket_.close(ignored);  // NOLINT(bugprone-unused-return-value): there is nothing to do about it
  step_.cancel();
  expiry_.cancel();
}

std::unexpected<failure> connection::broken(std::string_view doing, const error_code& ec) const {
  if (late_) {
    return fail(errc::timed_out, "no answer in time, while " + std::string(doing));
  }
  const std::string why = closed_ ? "closed" : ascii::to_lower(ec.message());
  return fail(errc::unavailable, doing == connecting ? why : std::string(doing) + ": " + why);
}

}  // namespace c2c::net
