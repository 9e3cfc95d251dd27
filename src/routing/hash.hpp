// Kamailio's own choice among the servers of a dispatcher set, so that a call we place lands where the company's other
// calls do (parking, queues and busy lamps are shared by the calls on one server).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "routing/source.hpp"

namespace c2c::routing {

// One row of a dispatcher set, in Kamailio's order.
struct destination {
  std::string host;   // empty where its URI is no SIP URI: it keeps its place in the set all the same
  std::string flags;  // as dispatcher.list prints them, "AX"
  bool usable = false;

  bool operator==(const destination&) const = default;
};

// core_hash() of one string without a size (Kamailio 5.7: src/core/hashes.h), which is ds_get_hash().
std::uint32_t kamailio_hash(std::string_view text) noexcept;

// The usable hosts, none twice, beginning where ds_select_dst() with algorithm 7 would: at the hash of the decimal
// company id modulo the count of all destinations, unusable ones included, then onwards in a circle
// (src/modules/dispatcher/dispatch.c).
servers order_by_hash(std::span<const destination> all, std::uint64_t company_id);

}  // namespace c2c::routing
