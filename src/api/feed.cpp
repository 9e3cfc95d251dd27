#include "api/feed.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "api/messages.hpp"

namespace c2c::api {

void feed::start(const call::history& told, std::size_t seen, std::weak_ptr<http::event_stream> to) {
  told_ = told;
  sent_ = std::min(seen, told.size());
  to_ = std::move(to);
  started_ = true;
  for (std::size_t i = 0; i < early_.size(); ++i) {
    add(early_[i], early_from_ + i);
  }
  if (const auto stream = to_.lock()) {
    stream->send("retry: 1000\n\n");
  }
  send_rest();
}

void feed::on_change(const call::change& what, std::size_t number) {
  asio::post(worker_, [self = shared_from_this(), what, number] {
    self->add(what, number);
    if (self->started_) {
      self->send_rest();
    }
  });
}

void feed::add(const call::change& what, std::size_t number) {
  if (!started_) {
    early_from_ = early_.empty() ? number : early_from_;
    early_.push_back(what);
  } else if (number == told_.size() + 1) {
    told_.push_back(what);
  }
}

void feed::send_rest() {
  const auto stream = to_.lock();
  if (!stream) {
    return;
  }
  for (; sent_ < told_.size(); ++sent_) {
    const std::size_t number = sent_ + 1;
    stream->send(fmt::format("id: {}\ndata: {}\n", number, snapshot_body(iden_, call::at(told_, number))));
  }
  if (call::complete(told_)) {
    stream->finish();
  }
}

}  // namespace c2c::api
