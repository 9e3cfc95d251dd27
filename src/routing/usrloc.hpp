// Registrations as Kamailio's usrloc keeps them, asked for through its RPC.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "routing/kamailio_client.hpp"
#include "routing/registrar.hpp"

namespace c2c::routing {

// How long a call may wait to hear whether its caller's phone is on: the registrar's half second, less what a busy
// thread takes to notice.
inline constexpr std::chrono::milliseconds longest_preflight{450};

// The options of a client of its own for these look-ups. One that is shared with the routing would either let a call
// wait for seconds or, by its own impatience, have the routing believe that a slow Kamailio is dead.
kamailio_options preflight_options(kamailio_options of_routing);

// ul.lookup in `table` (letters, digits and _; kam_users_location in IvozProvider). A contact that has expired does not
// count. Whoever asks a Kamailio that let a deadline pass less than a second ago is answered unavailable at once.
class usrloc final : public registrar {
 public:
  usrloc(std::shared_ptr<kamailio_client> client, std::string table)
      : client_(std::move(client)), table_(std::move(table)) {}

  task<result<bool>> registered(std::string user, std::string domain, steady_time by) override;

 private:
  std::shared_ptr<kamailio_client> client_;
  std::string table_;
};

}  // namespace c2c::routing
