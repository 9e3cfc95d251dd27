#include "live_asterisk.hpp"

#include <random>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

namespace c2c::bench {

live_asterisk::live_asterisk(asio::io_context& context, options chosen)
    : context_(context),
      options_(std::move(chosen)),
      acceptor_(context, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), options_.port)),
      answers_(options_.secret),
      wake_(context.get_executor()) {}

task<void> live_asterisk::serve(std::shared_ptr<live_asterisk> self) {
  while (self->acceptor_.is_open()) {
    co_await self->serve_next();
  }
}

void live_asterisk::stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  lost_ = true;
  wake_.cancel();
}

task<void> live_asterisk::serve_next() {
  auto [failed, socket] = co_await acceptor_.async_accept(as_result);
  if (failed) {
    co_return;
  }
  boost::system::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  lost_ = false;
  answers_ = ami_answers(options_.secret);
  replies_ = ami_answers::greeting;
  bool reading = true;
  asio::co_spawn(context_, read(&socket), [&](const std::exception_ptr&) {
    reading = false;
    lost_ = true;
    wake_.cancel();
  });
  co_await write(&socket);
  socket.close(ignored);
  while (reading) {
    co_await asio::post(context_.get_executor(), as_result);
  }
}

task<void> live_asterisk::read(tcp_socket* socket) {
  action_reader in;
  for (;;) {
    const auto room = in.room();
    const auto [ec, got] = co_await socket->async_read_some(asio::buffer(room.data(), room.size()), as_result);
    if (ec) {
      co_return;
    }
    in.commit(got, [this](std::string_view action) { answer(action); });
    wake_.cancel();
  }
}

void live_asterisk::answer(std::string_view action) {
  if (header_of(action, "Action") == "Originate") {
    originate(action);
  } else {
    answers_.answer(action, replies_);
  }
}

task<void> live_asterisk::write(tcp_socket* socket) {
  while (!lost_) {
    if (!replies_.empty()) {
      out_ = std::exchange(replies_, {});
      const auto [ec, written] = co_await asio::async_write(*socket, asio::buffer(out_), as_result);
      if (ec || answers_.done()) {
        co_return;
      }
    } else if (queue_.empty() || queue_.top().due > steady_clock::now()) {
      wake_.expires_at(queue_.empty() ? steady_time::max() : queue_.top().due);
      co_await wake_.async_wait(as_result);
    } else {
      entry next = queue_.top();
      queue_.pop();
      if (!co_await write_part(socket, std::move(next))) {
        co_return;
      }
    }
  }
}

task<bool> live_asterisk::write_part(tcp_socket* socket, entry what) {
  played& call = *what.call;
  if (!call.own && !others_) {
    co_return true;
  }
  out_.clear();
  call.script->append(out_, call.next, {call.action, call.iden, call.number});
  if (out_.starts_with("Event:")) {
    ++events_;
    bytes_ += out_.size();
  }
  if (call.own && options_.on_part) {
    options_.on_part(call.iden, call.next, steady_clock::now());
  }
  bool whole = true;
  if (answers_.wants(out_)) {
    const auto [ec, written] = co_await asio::async_write(*socket, asio::buffer(out_), as_result);
    whole = !ec;
  }
  ++call.next;
  go_on(std::move(what));
  co_return whole;
}

void live_asterisk::go_on(entry what) {
  played& call = *what.call;
  if (call.next == call.script->parts()) {
    if (call.own) {
      return;
    }
    name_other(call);
    call.started += call.script->life();
    call.next = 0;
  }
  if (call.own && call.next == options_.hold_before) {
    held_.push_back(std::move(what.call));
    return;
  }
  what.due = !call.own && at_once_ ? steady_clock::now() : call.started + call.script->at(call.next);
  queue_.push(std::move(what));
}

void live_asterisk::originate(std::string_view action) {
  auto call = std::make_shared<played>();
  call->script = &options_.call;
  call->started = steady_clock::now();
  call->action = header_of(action, "ActionID");
  call->iden = header_of(action, "ChannelId");
  call->number = fmt::format("{:08x}", ++numbers_);
  call->own = true;
  go_on({call->started, std::move(call)});
}

void live_asterisk::release() {
  for (auto& call : std::exchange(held_, {})) {
    // What is left keeps its pace.
    call->started = steady_clock::now() - call->script->at(call->next);
    queue_.push({steady_clock::now(), std::move(call)});
  }
  wake_.cancel();
}

void live_asterisk::name_other(played& call) {
  call.number = fmt::format("{:08x}", ++numbers_);
  call.iden = "as1-1700000000." + std::to_string(numbers_);
}

void live_asterisk::begin_others(const call_script* script, std::size_t calls, bool at_once) {
  others_ = true;
  at_once_ = at_once;
  // Always the same: two runs differ in nothing that was left to chance.
  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp)
  std::uniform_int_distribution<std::int64_t> phase(0, script->life().count());
  const steady_time now = steady_clock::now();
  for (std::size_t i = 0; i < calls; ++i) {
    auto call = std::make_shared<played>();
    call->script = script;
    const std::chrono::microseconds spent(phase(random));
    call->started = now - spent;
    while (call->next + 1 < script->parts() && script->at(call->next) < spent) {
      ++call->next;
    }
    name_other(*call);
    go_on({now, std::move(call)});
  }
  wake_.cancel();
}

void live_asterisk::end_others() {
  others_ = false;
}

}  // namespace c2c::bench
