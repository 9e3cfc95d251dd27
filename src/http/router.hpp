// The endpoints: a table, searched in a line, as there are few.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>
#include <vector>

#include "http/request.hpp"
#include "http/response.hpp"
#include "metrics/metrics.hpp"
#include "net/asio.hpp"

namespace c2c::http {

using handler = std::function<task<response>(request)>;

struct endpoint {
  std::string_view path;  // exact, or ending in a slash that one more segment follows; static storage
  verb method;
  std::string_view allow;  // for the Allow header of a 405 or an OPTIONS: "POST, OPTIONS"; static storage
  handler handle;
  std::string_view request_headers = "Content-Type";  // that a page of another origin may send; static storage
  metrics::endpoint as = metrics::endpoint::other;    // what its requests are counted as
};

// How long a client has to wait before its next request; zero: not at all.
using admission = std::function<std::chrono::seconds(const boost::asio::ip::address& client)>;

// One for each worker, used on that worker's thread.
class router {
 public:
  // `figures`, which may be null, outlives the router.
  explicit router(std::vector<endpoint> endpoints, admission admit = {}, metrics::http_metrics* figures = nullptr)
      : endpoints_(std::move(endpoints)), admit_(std::move(admit)), figures_(figures) {}

  // The endpoint's answer; 429 to who is not admitted, 204 to OPTIONS, which is always admitted, 404 and 405 where
  // there is none. An exception from a handler becomes a 500 and a line in the log.
  task<response> answer(request asked) const;

  // Where this listener's connections and requests are counted; null where they are not.
  metrics::http_metrics* figures() const noexcept { return figures_; }

 private:
  const endpoint* find(const request& asked) const noexcept;

  std::vector<endpoint> endpoints_;
  admission admit_;
  metrics::http_metrics* figures_;
};

}  // namespace c2c::http
