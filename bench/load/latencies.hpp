// How long each of many things took.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <vector>

namespace c2c::bench {

class latencies {
 public:
  void add(std::chrono::steady_clock::duration took) { took_.push_back(took); }
  std::size_t size() const noexcept { return took_.size(); }

  // {"count", "p50", "p90", "p99", "max", "mean"}, in milliseconds.
  boost::json::object summary() const;

 private:
  std::vector<std::chrono::steady_clock::duration> took_;
};

}  // namespace c2c::bench
