#include "api/feed.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "api/messages.hpp"

namespace c2c::api {

void feed::start(const call::history& past, std::size_t seen, std::weak_ptr<http::event_stream> to) {
  past_ = past;
  sent_ = std::min(seen, past.size());
  to_ = std::move(to);
  started_ = true;
  call::go_on(past_, early_);
  if (const auto stream = to_.lock()) {
    stream->send("retry: 1000\n\n");
  }
  send_rest();
}

void feed::on_change(const call::change& change, std::size_t /*number*/) {
  asio::post(worker_, [self = shared_from_this(), change] {
    self->add(change);
    if (self->started_) {
      self->send_rest();
    }
  });
}

void feed::add(const call::change& change) {
  call::history& known = started_ ? past_ : early_;
  if (known.empty()) {
    known.push_back(change);
  } else {
    call::go_on(known, call::history(1, change));
  }
}

void feed::send_rest() {
  const auto stream = to_.lock();
  if (!stream) {
    return;
  }
  for (; sent_ < past_.size(); ++sent_) {
    const std::size_t number = sent_ + 1;
    stream->send(fmt::format("id: {}\ndata: {}\n", number, snapshot_body(iden_, call::at(past_, number))));
  }
  if (call::complete(past_)) {
    stream->finish();
  }
}

}  // namespace c2c::api
