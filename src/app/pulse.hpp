// Whether every thread still answers: each is asked for a sign of life, again and again.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "app/generation.hpp"
#include "net/asio.hpp"

namespace c2c::app {

// Belongs to the main thread. systemd's watchdog is fed only while every thread has answered the last round's question.
class pulse {
 public:
  pulse(asio::io_context& control, asio::io_context& exchange) : exchange_(exchange), timer_(control.get_executor()) {}

  // Asks the exchange's thread and the workers of `who` as often as systemd wants to hear of it, and at least each
  // second where `somebody_else` asks alive(). Where neither does, nobody is asked.
  void start(generation& who, bool somebody_else);
  // From here on the workers of `who`, which a reload has made, instead of those before.
  void follow(generation& who);
  void stop();

  // Whether all have answered within the last seconds; true after stop().
  bool alive() const;

 private:
  void beat();

  asio::io_context& exchange_;
  timer timer_;
  generation* who_ = nullptr;
  std::chrono::microseconds interval_{0};
  std::atomic<std::uint64_t> exchange_ticks_ = 0;
  std::uint64_t round_ = 0;
  steady_time last_;
};

}  // namespace c2c::app
