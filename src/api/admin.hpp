// The admin listener's endpoints: /healthz, /readyz and /metrics, by GET and HEAD.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/router.hpp"
#include "metrics/readiness.hpp"

namespace c2c::api {

// Whom they ask. Called on the listener's thread; none of them may block.
struct admin_sources {
  // Whether the Host header names this machine. A page of another site whose name resolves to it asks by that name (DNS
  // rebinding), and is answered 403.
  std::function<bool(std::string_view host)> serves;
  std::function<bool()> alive;  // whether every thread has given a sign of life lately
  std::function<task<metrics::readiness>()> ready;
  std::function<task<std::string>()> metrics;  // the whole page
};

// The sources live as long as the endpoints.
std::vector<http::endpoint> admin_endpoints(admin_sources from);

}  // namespace c2c::api
