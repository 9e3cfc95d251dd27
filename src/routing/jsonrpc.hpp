// What is said to Kamailio's JSON-RPC server and what it answers: htable.get, dispatcher.list and ul.lookup.
// Pure. The shapes are those of Kamailio 5.6 and 5.7 (src/modules/{jsonrpcs,htable,dispatcher,usrloc}), seen on a
// running 5.6.3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/errc.hpp"
#include "routing/hash.hpp"

namespace c2c::routing {

inline constexpr std::size_t max_reply_bytes = 256UL * 1024;

// The company id travels as a string: a JSON number is refused, as the method reads two strings ("SS").
// `table` is a name of letters, digits and _; it is not escaped.
std::string htable_get_request(std::string_view table, std::uint64_t company_id);
std::string dispatcher_list_request();

// Kamailio lowers the case of the AoR unless its registrar tells cases apart, and drops the domain itself where usrloc
// has use_domain=0 (src/modules/usrloc/ul_rpc.c, rpc_fix_aor()): user@domain is right for both. IvozProvider has
// use_domain=1. `table` as above.
std::string ul_lookup_request(std::string_view table, std::string_view user, std::string_view domain);

// The answer to htable_get_request(). Which request it belongs to is not asked: a connection carries one only.
// Errors: not_found (Kamailio says in its exact words that the key does not exist: the only safe sign), malformed
// (anything else, a value that is no SIP URI among it).
result<std::string> parse_htable_reply(unsigned http_status, std::string_view body);

struct dispatcher_set {
  std::uint64_t id = 0;
  std::vector<destination> destinations;  // in Kamailio's order, which the hash counts in
};

// The answer to dispatcher_list_request(). A destination is usable while its first flag is A (active) or T (trying), as
// ds_skip_dst() passes over inactive and disabled ones only. Sets and destinations are found however deep they are
// nested, as releases have differed in where they put arrays. Errors: not_found (Kamailio has no sets), malformed.
result<std::vector<dispatcher_set>> parse_dispatcher_list(unsigned http_status, std::string_view body);

// The answer to ul_lookup_request(): whether a contact is registered that has not expired. Kamailio says "AOR not found
// in location table" where there is no record, and "AOR has no contacts" from the moment the last contact expires until
// its timer removes the record (30 s in IvozProvider). Its codes are 500 in both cases, as they are for a table that
// does not exist, so only these words mean no. Errors: malformed (anything else).
result<bool> parse_ul_reply(unsigned http_status, std::string_view body);

}  // namespace c2c::routing
