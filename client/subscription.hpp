// An answer that comes over time: one GET for Server-Sent Events, read as its bytes come, with a deadline for each wait
// and a file descriptor that ends it early.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "client/http.hpp"
#include "net/asio.hpp"

namespace c2c::client {

// Not thread-safe. Its end closes the connection.
class subscription {
 public:
  enum class event : std::uint8_t {
    nothing,   // the deadline passed
    answered,  // told once: response() has the status, and the body too where that is not 200
    bytes,     // take() has them
    woken,     // `wake` can be read
    over,      // nothing more comes; why() tells if that was not a proper end
  };

  // Connects (blocking, at most `options.connect` and until `options.wake`) and asks; the answer's head may take
  // `options.whole` from then on. An empty `last_id` asks for everything.
  static std::expected<subscription, trouble> open(const url& where, const connection_options& options,
                                                   std::string_view endpoint, std::string_view ticket,
                                                   const std::string& last_id);
  subscription(subscription&&) noexcept;
  subscription& operator=(subscription&&) noexcept;
  ~subscription();

  // Waits for the next of these. `wake` is a file descriptor to watch beside the connection, the same one each time,
  // or -1; it is told as long as it can be read.
  event wait(steady_time until, int wake);

  const answer& response() const noexcept;
  std::string take();
  // Why it was over; nullptr for a proper end.
  const trouble* why() const noexcept;

 private:
  struct state;

  explicit subscription(std::unique_ptr<state> all);

  std::unique_ptr<state> all_;
};

}  // namespace c2c::client
