// From the exchange's thread to one reader of a call: changes in, Server-Sent Events out.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "call/follower.hpp"
#include "http/event_stream.hpp"
#include "net/asio.hpp"

namespace c2c::api {

// Made and started on a worker's thread; what the exchange tells crosses over to it. Where a call has changed its home
// the new one may count its changes differently: whatever is further than what the reader knows is sent, and so the end
// in every case.
class feed : public call::follower, public std::enable_shared_from_this<feed> {
 public:
  feed(executor worker, std::string iden) : worker_(std::move(worker)), iden_(std::move(iden)) {}

  // Sends what the reader has not `seen` of `past`, the changes up to now, and from then on all that come. Those that
  // overtook `past` on their way here are not lost.
  void start(const call::history& past, std::size_t seen, std::weak_ptr<http::event_stream> to);

  void on_change(const call::change& change, std::size_t number) override;

 private:
  void add(const call::change& change);
  void send_rest();

  executor worker_;
  std::string iden_;
  call::history past_;
  call::history early_;  // came before start()
  std::size_t sent_ = 0;
  bool started_ = false;
  std::weak_ptr<http::event_stream> to_;
};

}  // namespace c2c::api
