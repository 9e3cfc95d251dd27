// An answer that comes over time: Server-Sent Events (WHATWG HTML, §9.2), or any bytes of a handler's making.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace c2c::http {

// What a handler hands over in place of a body: it sends, the session takes. Belongs to the worker's thread. Only the
// session owns it, so that its end is the reader's end; whoever feeds it holds a weak pointer.
class event_stream {
 public:
  // `ended` is called once, when nobody reads any more.
  explicit event_stream(std::function<void()> ended) : ended_(std::move(ended)) {}
  ~event_stream() {
    if (ended_) {
      ended_();
    }
  }
  event_stream(const event_stream&) = delete;
  event_stream& operator=(const event_stream&) = delete;

  // Bytes that go out as soon as they can. A reader that does not read is cut off after one write's time: how much may
  // wait for it is what the feeder sends within that time.
  void send(std::string_view bytes) {
    waiting_.append(bytes);
    wake();
  }
  // Nothing follows: the connection ends after what was sent.
  void finish() {
    finished_ = true;
    wake();
  }

  // For the session.
  void on_data(std::function<void()> wake) { wake_ = std::move(wake); }
  std::string take() { return std::exchange(waiting_, {}); }
  bool finished() const noexcept { return finished_; }

 private:
  void wake() {
    if (wake_) {
      wake_();
    }
  }

  std::string waiting_;
  std::function<void()> wake_;
  std::function<void()> ended_;
  bool finished_ = false;
};

}  // namespace c2c::http
