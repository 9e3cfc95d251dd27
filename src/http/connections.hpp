// The open connections of one worker: how many there may be, which have outlived their deadline, and how they end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include <boost/intrusive/list.hpp>

#include "net/asio.hpp"

namespace c2c::http {

// Who has a share of the connections: an IPv4 address, or 48 bits of an IPv6 one, as many of its networks may be one
// customer's (RFC 6177). 0: who has none, and takes none of others.
using sharer = std::uint64_t;
sharer sharer_of(const asio::ip::address& peer) noexcept;

// Base of every connection. Belongs to its worker's thread.
class connection : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~connection() = default;
  // Ends the connection at once.
  virtual void abort() = 0;
  // Ends it if it is between requests; otherwise its present answer will be its last.
  virtual void drain() = 0;
  // Its present answer, or the next one where it is between requests, will be its last: no request of a client that
  // has not heard of it is lost.
  virtual void retire() = 0;

  steady_time deadline = steady_time::max();
  sharer owner = 0;  // does not change while the connection is one of `connections`
};

// One sweep in a quarter of a second looks at every deadline: cheaper than a timer for each connection, which the
// kernel would be told about each time it moves.
class connections {
 public:
  connections(asio::io_context& context, std::size_t most);
  connections(const connections&) = delete;
  connections& operator=(const connections&) = delete;

  bool full() const noexcept { return count_ >= most_; }
  bool empty() const noexcept { return count_ == 0; }

  void add(connection& fresh);
  void remove(connection& ended) noexcept;

  // It waits for a request of its peer's; it has one whole.
  void rest(connection& of) noexcept;
  void work(connection& of) noexcept;
  // Ends the connection that has waited longest for a request, if one waits.
  void make_room();
  // The same among those of who has the most, where that is more than `newcomer` would have: nobody can keep others
  // out.
  void make_room_for(sharer newcomer);

  // What is added later retires at once.
  void drain();
  void retire();
  void abort();
  // Stops the sweep, so that the io_context can run out of work.
  void stop();

 private:
  using list = boost::intrusive::list<connection, boost::intrusive::constant_time_size<false>>;

  void sweep();
  void end(connection& waiting);
  std::size_t count_of(sharer owner) const;
  // `what` may end the connection that it is given.
  template <class What>
  void for_all(What what) {
    for (list* const part : {&resting_, &working_}) {
      for (auto next = part->begin(); next != part->end();) {
        what(*next++);
      }
    }
  }

  list resting_;  // who has waited longest first
  list working_;
  timer timer_;
  std::size_t most_;
  std::size_t count_ = 0;
  std::unordered_map<sharer, std::size_t> counts_;
  sharer greediest_ = 0;  // had the most when it last got one
  bool retiring_ = false;
  bool sweeping_ = false;
  bool stopped_ = false;
};

}  // namespace c2c::http
