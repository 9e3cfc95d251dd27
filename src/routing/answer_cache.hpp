// What each company's servers were when we last knew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

#include "net/asio.hpp"
#include "routing/source.hpp"

namespace c2c::routing {

// At most `max_entries` companies; the one asked about least recently makes room. Pure, on one thread.
class answer_cache {
 public:
  struct entry {
    std::uint64_t company_id = 0;
    servers hosts;
    steady_time learnt;       // when a source said so
    steady_time fresh_until;  // up to here it is as good as asking
  };

  explicit answer_cache(std::size_t max_entries) : max_entries_(max_entries) {}

  // Null where nothing is known. Valid until the next call of store().
  entry* find(std::uint64_t company_id);
  void store(entry fresh);

  std::size_t size() const noexcept { return by_company_.size(); }

 private:
  std::size_t max_entries_;
  std::list<entry> by_use_;  // the latest first
  std::unordered_map<std::uint64_t, std::list<entry>::iterator> by_company_;
};

}  // namespace c2c::routing
