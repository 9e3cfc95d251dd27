// Who a terminal is: the row behind an address of record.
#pragma once

#include <cstdint>
#include <string>

#include "base/errc.hpp"
#include "base/secret.hpp"
#include "net/asio.hpp"

namespace c2c::directory {

// A terminal that may call: it has an endpoint, a user and an extension.
struct terminal {
  std::string name;      // as the directory spells it: what is counted or claimed is keyed by this
  std::string domain;    // likewise
  secret password;       // the SIP password, as the digest needs it; empty from there on
  std::string endpoint;  // sorcery id, PJSIP/<endpoint>
  std::string extension;
  std::uint64_t company_id = 0;
  std::uint64_t brand_id = 0;
};

// One for each worker, used on that worker's thread only.
class directory {
 public:
  virtual ~directory() = default;

  // The terminal whose name and domain are `user` and `realm`, ASCII case aside. A name that the database's collation
  // would fold onto another terminal's (alicé, a trailing space) is not_found, as is one that it cannot hold. Errors:
  // not_found, backend_unavailable (within two seconds, and by `by`), overloaded.
  virtual task<result<terminal>> find(std::string user, std::string realm, steady_time by) = 0;
};

}  // namespace c2c::directory
