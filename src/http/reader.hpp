// Bytes in, requests out: Beast's parser under our policy, without a socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "http/policy.hpp"
#include "http/request.hpp"

namespace c2c::http {

// Reads one request after another. Belongs to one connection.
class reader {
 public:
  enum class outcome : std::uint8_t {
    need_more,      // feed more bytes, after those that were not consumed
    send_continue,  // tell the peer to go on (100 Continue, RFC 9110 §10.1.1), then feed again
    complete,       // message() is whole
    refused,        // refused_with() says why; the connection must end
  };
  struct step {
    outcome reached;
    std::size_t consumed;
  };

  explicit reader(reader_limits limits);
  ~reader();
  reader(const reader&) = delete;
  reader& operator=(const reader&) = delete;

  // Forgets the request before and begins the next.
  void start();

  // `input` starts at the first byte that was not consumed before.
  step feed(std::string_view input);

  // Valid from `complete` to the next start(), after `refused` just the method and the origin; the peer's address is
  // the caller's to fill in.
  const request& message() const noexcept;
  bool keep_alive() const noexcept;
  bool http_1_0() const noexcept;
  refusal refused_with() const noexcept;
  // Whether a byte of the present request was consumed: tells an idle connection from one that stopped half-way.
  bool begun() const noexcept;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace c2c::http
