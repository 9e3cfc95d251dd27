#include "net/lookup.hpp"

#include <utility>

namespace c2c::net {

void start_resolver(asio::io_context& context) {
  tcp_resolver resolver(context.get_executor());
  const auto without_asking = tcp_resolver::numeric_host | tcp_resolver::numeric_service;
  resolver.async_resolve("127.0.0.1", "0", without_asking,
                         [](boost::system::error_code, const tcp_resolver::results_type&) {});
}

lookup::lookup(asio::io_context& context, std::string host, std::uint16_t port)
    : resolver_(context.get_executor()), woken_(context.get_executor()), host_(std::move(host)), port_(port) {
  if (host_.size() > 2 && host_.front() == '[' && host_.back() == ']') {
    host_ = host_.substr(1, host_.size() - 2);  // as an IPv6 address stands in a URI
  }
}

void lookup::start() {
  boost::system::error_code not_an_address;
  const asio::ip::address address = asio::ip::make_address(host_, not_an_address);
  if (!not_an_address) {
    found_.emplace_back(address, port_);
    finished_ = true;
    return;
  }
  auto done = [self = shared_from_this()](const boost::system::error_code& error,
                                          const tcp_resolver::results_type& results) {
    self->error_ = error;
    for (const auto& entry : results) {
      self->found_.push_back(entry.endpoint());
    }
    self->finished_ = true;
    self->wake();
  };
  resolver_.async_resolve(host_, std::to_string(port_), tcp_resolver::numeric_service, std::move(done));
}

task<void> lookup::wait(std::shared_ptr<lookup> self) {
  if (self->finished_) {
    co_return;
  }
  self->woken_.expires_at(steady_time::max());
  co_await self->woken_.async_wait(as_result);
}

}  // namespace c2c::net
