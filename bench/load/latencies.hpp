// How long each of many things took.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include <boost/json/object.hpp>

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
