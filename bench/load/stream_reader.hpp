// One reader of one call: GET /calls/{iden} as Server-Sent Events, until the stream ends.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/asio.hpp"

namespace c2c::bench {

class stream_reader {
 public:
  struct handlers {
    std::function<void(steady_time when)> opened;                        // answered 200
    std::function<void(std::string_view state, steady_time when)> told;  // of each event, with the time of its read
  };

  stream_reader(executor where, asio::ip::tcp::endpoint server, handlers to);

  // Ends when the stream does.
  static task<void> run(std::shared_ptr<stream_reader> self, std::string iden, std::string ticket);
  // Goes away.
  void close();

  unsigned status() const noexcept { return status_; }  // 0: not answered yet, or never
  unsigned heartbeats() const noexcept { return heartbeats_; }
  bool ended() const noexcept { return ended_; }

 private:
  task<void> read(std::string iden, std::string ticket);
  void take(steady_time when);
  void take_head(steady_time when);

  tcp_socket socket_;
  asio::ip::tcp::endpoint server_;
  handlers handlers_;
  std::string in_;  // read and not understood yet
  unsigned status_ = 0;
  unsigned heartbeats_ = 0;
  bool ended_ = false;
};

}  // namespace c2c::bench
