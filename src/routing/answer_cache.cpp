#include "routing/answer_cache.hpp"

#include <utility>

namespace c2c::routing {

answer_cache::entry* answer_cache::find(std::uint64_t company_id) {
  const auto known = by_company_.find(company_id);
  if (known == by_company_.end()) {
    return nullptr;
  }
  by_use_.splice(by_use_.begin(), by_use_, known->second);
  return &*known->second;
}

void answer_cache::store(entry fresh) {
  if (entry* known = find(fresh.company_id); known != nullptr) {
    *known = std::move(fresh);
    return;
  }
  if (max_entries_ == 0) {
    return;
  }
  if (by_use_.size() >= max_entries_) {
    by_company_.erase(by_use_.back().company_id);
    by_use_.pop_back();
  }
  by_use_.push_front(std::move(fresh));
  by_company_.emplace(by_use_.front().company_id, by_use_.begin());
}

}  // namespace c2c::routing
