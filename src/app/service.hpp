// The composition root: builds the graph from the configuration, starts it, watches it, ends it.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "base/errc.hpp"
#include "config/config.hpp"

namespace c2c::app {

// Reads the configuration again; what is wrong with it, in one line.
using reload_config = std::function<std::expected<config::config, std::string>()>;

class service {
 public:
  // Opens files and sockets; nothing is answered yet. Errors: unavailable, with a sentence for the operator.
  static result<std::unique_ptr<service>> make(const config::config& chosen, reload_config load);
  ~service();
  service(const service&) = delete;
  service& operator=(const service&) = delete;

  // Serves until SIGTERM or SIGINT, then finishes what is in flight (10 s at most). SIGHUP reloads the configuration
  // and the certificates without losing a connection. Returns false when something would not end by itself.
  bool run();

 private:
  class impl;
  explicit service(std::unique_ptr<impl> made);
  std::unique_ptr<impl> impl_;
};

}  // namespace c2c::app
