#include "raw_session.hpp"

#include <charconv>
#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "asterisk/originate.hpp"
#include "base/ascii.hpp"

namespace c2c::bench {
namespace {

constexpr std::chrono::seconds patience{10};
// How long an event may come after one that it should precede.
constexpr std::chrono::seconds overtaking{2};

}  // namespace

raw_session::raw_session(asio::io_context& context, raw_options options)
    : context_(context), options_(std::move(options)), session_(context), wake_(context.get_executor()) {}

task<boost::json::object> raw_session::run() {
  co_await session_.log_in(options_.server, options_.user, options_.secret);
  asio::co_spawn(context_, read(), asio::detached);
  co_await send();
  co_await settle();
  session_.close();
  const auto seconds = [&](steady_time end) { return std::chrono::duration<double>(end - started_).count(); };
  const double to_response = seconds(last_response_);
  const double to_dial = seconds(last_dial_);
  co_return boost::json::object{{"count", calls_.size()},
                                {"answered", answered_},
                                {"refused", refused_},
                                {"dialled", dialled_},
                                {"failed", failed_},
                                {"responses_per_second", static_cast<double>(answered_) / to_response},
                                {"dials_per_second", static_cast<double>(dialled_) / to_dial},
                                {"response_ms", responses_.summary()},
                                {"dial_ms", dials_.summary()}};
}

task<void> raw_session::read() {
  try {
    for (;;) {
      take(co_await session_.next());
    }
  } catch (const std::exception&) {
    lost_ = true;
    wake_.cancel();
  }
}

void raw_session::take(const asterisk::message& what) {
  last_heard_ = steady_clock::now();
  const std::string_view event = what.get("Event");
  if (event.empty()) {
    take_response(what);
  } else if (event == "DialBegin") {
    // Leg 1 is dialled by the Local channel's second half.
    std::string_view from = what.get("Uniqueid");
    if (!from.ends_with("-2")) {
      return;
    }
    from.remove_suffix(2);
    if (attempt* const found = attempt_of(from); found != nullptr && !found->dialled) {
      found->dialled = true;
      // Asterisk writes an OriginateResponse directly and a DialBegin by way of its message bus: the first may
      // overtake.
      if (std::exchange(found->over, false)) {
        --failed_;
      }
      last_dial_ = last_heard_;
      ++dialled_;
      dials_.add(last_heard_ - found->due);
    }
  } else if (event == "OriginateResponse") {
    if (attempt* const found = attempt_of(what.get("Uniqueid")); found != nullptr && !found->dialled && !found->over) {
      found->over = true;
      ++failed_;
    }
  } else {
    return;
  }
  wake_.cancel();
}

void raw_session::take_response(const asterisk::message& what) {
  attempt* const found = attempt_of(what.get("ActionID"));
  if (found == nullptr || found->answered) {
    return;
  }
  found->answered = true;
  last_response_ = last_heard_;
  ++answered_;
  responses_.add(last_heard_ - found->due);
  if (!ascii::iequals(what.get("Response"), "Success")) {
    ++refused_;
    found->over = true;
  }
}

raw_session::attempt* raw_session::attempt_of(std::string_view iden) {
  if (!iden.starts_with(options_.run)) {
    return nullptr;
  }
  iden.remove_prefix(options_.run.size());
  std::size_t number = 0;
  const auto read = std::from_chars(iden.data(), iden.data() + iden.size(), number);
  if (read.ec != std::errc() || read.ptr != iden.data() + iden.size() || number >= calls_.size()) {
    return nullptr;
  }
  return &calls_[number];
}

void raw_session::append_originate(std::uint64_t number) {
  const caller& who = options_.callers[number % options_.callers.size()];
  pbx::order order;
  order.iden = options_.run + std::to_string(number);
  order.destination = options_.destination;
  order.endpoint = who.endpoint;
  order.extension = who.extension;
  order.company_id = who.company;
  order.brand_id = who.brand;
  const auto bytes = asterisk::originate(order).encode(order.iden);
  if (!bytes) {
    throw std::runtime_error("no Originate can be made of a terminal: " + bytes.error().detail);
  }
  out_ += *bytes;
}

std::uint64_t raw_session::under_way() const noexcept {
  return calls_.size() - (options_.window_of_dials ? dialled_ + failed_ + refused_ : answered_);
}

task<void> raw_session::send() {
  schedule when(options_.how);
  started_ = last_response_ = last_dial_ = last_heard_ = when.start();
  const bool flat_out = options_.how.rate <= 0 && options_.how.burst == 0;
  auto due = when.next();
  while (due && !lost_) {
    out_.clear();
    // Whatever is due by now goes out in one piece.
    while (due && *due <= steady_clock::now() && !(flat_out && under_way() >= options_.window)) {
      calls_.push_back({.due = *due});
      append_originate(calls_.size() - 1);
      due = when.next();
    }
    if (!out_.empty()) {
      if (!co_await session_.write(out_)) {
        co_return;
      }
    } else if (due && *due > steady_clock::now()) {
      wake_.expires_at(*due);
      co_await wake_.async_wait(as_result);
    } else {
      if (steady_clock::now() - last_heard_ > patience) {
        co_return;
      }
      wake_.expires_after(std::chrono::seconds(1));
      co_await wake_.async_wait(as_result);
    }
  }
}

task<void> raw_session::settle() {
  last_heard_ = steady_clock::now();
  while (!lost_ && dialled_ + refused_ < calls_.size()) {
    const bool all_known = dialled_ + failed_ + refused_ >= calls_.size();
    if (steady_clock::now() - last_heard_ >= (all_known ? overtaking : patience)) {
      co_return;
    }
    wake_.expires_after(std::chrono::milliseconds(100));
    co_await wake_.async_wait(as_result);
  }
}

}  // namespace c2c::bench
