// Tells another program of each change of each call: a signed CloudEvent for each, by POST, again until it is taken.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/errc.hpp"
#include "base/secret.hpp"
#include "metrics/webhook_counts.hpp"
#include "net/asio.hpp"
#include "net/web_url.hpp"
#include "webhook/event.hpp"

namespace c2c::webhook {

// A request is a CloudEvent (webhook/event.hpp) in structured mode, `Content-Type: application/cloudevents+json`,
// with `X-Click2call-Signature: t=<unix seconds>,v1=<hex HMAC-SHA-256 over "<t>.<body>">`, made anew for each attempt.
//
// The changes of one call are told in their order; each of up to `senders` connections carries one event at a time, and
// a call has one of them for its own. An event goes out again, with the same id, after a failed connection, `attempt`
// without an answer, 5xx, 408 and 429, waiting as net/backoff.hpp says and at least as long as Retry-After asks all
// senders to; it is dropped after `give_up`, after any other answer, and as the oldest of a queue that is full.
//
// The log names scheme, host and port only, as the rest of the URL may be a secret, and each kind of trouble at most
// once a minute.
class notifier {
 public:
  struct options {
    net::web_url url;
    secret key;      // signs; not empty
    std::string ca;  // a PEM file that the receiver's certificate is checked with; empty: what the system trusts
    std::size_t max_queued = 10'000;
    std::size_t senders = 8;
    std::chrono::milliseconds attempt{5'000};
    std::chrono::milliseconds give_up{600'000};
    std::chrono::milliseconds idle{15'000};  // how long a connection is kept without an event
  };

  // Opens nothing but the PEM file. The work is done by the one thread that runs `context`, which outlives the webhook.
  // Errors: unavailable; the detail is a sentence for the operator.
  static result<std::unique_ptr<notifier>> make(asio::io_context& context, options chosen);
  // After close(), or when `context` runs no more.
  ~notifier();
  notifier(const notifier&) = delete;
  notifier& operator=(const notifier&) = delete;

  // From any thread, at any time; takes no longer than moving the change to the queue. After close() the change is
  // dropped.
  void post(call_change change) noexcept;

  // Takes no more, tries for `grace` to be rid of what is queued, drops the rest, and ends every connection. On the
  // context's thread, once.
  task<void> close(std::chrono::milliseconds grace);

  // From any thread.
  metrics::webhook_counts statistics() const;

 private:
  class office;
  explicit notifier(std::shared_ptr<office> made);
  std::shared_ptr<office> office_;
};

}  // namespace c2c::webhook
