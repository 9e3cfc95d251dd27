// What a call wants of a PBX. Whoever brings another PBX implements this, and tells pbx/event.hpp's events.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/errc.hpp"
#include "net/asio.hpp"
#include "pbx/event.hpp"
#include "pbx/order.hpp"

namespace c2c::pbx {

// Called on the port's thread. Must return at once.
class listener {
 public:
  virtual ~listener() = default;
  // In the order in which the server tells them, and before an order's outcome that the server told later.
  virtual void on_event(std::string_view server, const event& event) = 0;
  // There is a session with the server: from here on its events come.
  virtual void on_ready(std::string_view server) = 0;
  // The session is lost: what happens to the server's calls is not heard until on_ready.
  virtual void on_lost(std::string_view server) = 0;
};

// Belongs to one thread; every member is called there. `server` is a name or an address, as routing gives it.
class port {
 public:
  virtual ~port() = default;

  // Must be called once, before the first order. `listener` outlives the port's last event.
  virtual void listen(listener& listener) = 0;

  // Orders a call and waits, until `deadline` at most, for the server to take the order: the call's own events tell
  // what becomes of it. `sent` is called with the order's name at the moment from which on the server may act.
  // Errors: not_sent (the server knows nothing of it, or says that it did nothing: another may be tried), rejected,
  // outcome_unknown, timed_out (the server may act, or have acted), malformed (a value that cannot be sent),
  // overloaded.
  virtual task<result<void>> originate(std::string server, order order, steady_time deadline,
                                       std::function<void(std::string_view order)> sent) = 0;

  // Ends the call of that channel. Nothing is waited for: the channel's own end tells. `answered` is called later where
  // the server says that it does (true) or that it lets nobody like us do so (false, with its words).
  virtual void hang_up(const std::string& server, std::string_view channel,
                       std::function<void(bool allowed, std::string_view words)> answered) = 0;
  // Has the server list its channels: channel_listed, and then list_done.
  virtual void list_channels(const std::string& server) = 0;

  // Between hold and release the session with `server` is made, and made again, though nothing is ordered.
  virtual void hold(const std::string& server) = 0;
  virtual void release(const std::string& server) = 0;
};

}  // namespace c2c::pbx
