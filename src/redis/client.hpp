// One connection to Redis that is kept up, and questions put to it.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include "redis/commands.hpp"
#include "redis/link.hpp"

namespace c2c::redis {

struct options {
  link_options link;
  std::chrono::milliseconds deadline{1'000};  // of each command
};

class client final : public commands {
 public:
  // Starts connecting; nothing is waited for. `context` outlives it.
  client(asio::io_context& context, options chosen);
  ~client() override;

  void submit(std::span<const std::string_view> command, completion done) override;
  void stop() override { link_->stop(); }

 private:
  options options_;
  std::shared_ptr<link> link_;
};

// Makes clients with these options, which call back whoever connects instead, if asked to.
connector connector_to(options chosen);

}  // namespace c2c::redis
