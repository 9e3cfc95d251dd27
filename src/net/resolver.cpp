#include "net/resolver.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>
#include <netdb.h>
#include <sys/socket.h>

#include "net/spawn.hpp"

namespace c2c::net {
namespace {

std::optional<asio::ip::address> written_out(const std::string& host) {
  boost::system::error_code no_address;
  const auto address = asio::ip::make_address(host, no_address);
  return no_address ? std::nullopt : std::optional(address);
}

result<addresses> ask_system(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), nullptr, &wanted, &first); error != 0) {
    return fail(errc::unavailable, ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(first, &::freeaddrinfo);
  addresses out;
  for (const addrinfo* entry = first; entry != nullptr; entry = entry->ai_next) {
    asio::ip::tcp::endpoint found;
    if (entry->ai_addrlen <= found.capacity()) {
      std::copy_n(reinterpret_cast<const char*>(entry->ai_addr), entry->ai_addrlen,  // NOLINT(*-reinterpret-cast)
                  reinterpret_cast<char*>(found.data()));                            // NOLINT(*-reinterpret-cast)
      out.push_back(found.address());
    }
  }
  return out;
}

}  // namespace

class resolver::inquiry : public std::enable_shared_from_this<inquiry> {
 public:
  inquiry(std::shared_ptr<state> of, std::string host, executor ex, answered done)
      : state_(std::move(of)), host_(std::move(host)), executor_(std::move(ex)), done_(std::move(done)) {}
  inquiry(const inquiry&) = delete;
  inquiry& operator=(const inquiry&) = delete;
  ~inquiry();

  // With the state locked, from any thread: the executor's context lives while the inquiry is registered.
  void post(const result<addresses>& answer) {
    asio::post(executor_, [weak = weak_from_this(), answer] {
      if (const auto self = weak.lock()) {
        self->done_(answer);
      }
    });
  }

 private:
  std::shared_ptr<state> state_;
  std::string host_;
  executor executor_;
  answered done_;
};

struct resolver::state {
  struct name {
    addresses found;
    steady_time good_until = steady_time::min();
    bool sought = false;
    std::vector<inquiry*> waiting;
  };

  explicit state(look_up blocking_) : blocking(std::move(blocking_)) {}

  void make_room() {
    if (names.size() >= most_names) {
      std::erase_if(names, [](const auto& name) { return !name.second.sought && name.second.waiting.empty(); });
    }
  }

  void seek(const std::shared_ptr<state>& self, const std::string& host) {
    queue.push_back(host);
    if (threads >= most_threads) {
      return;
    }
    try {
      std::thread([self] { work(self); }).detach();
      ++threads;
    } catch (const std::system_error& e) {
      if (threads == 0) {
        queue.clear();
        land(host, fail(errc::unavailable, std::string("no thread to look it up: ") + e.what()));
      }
    }
  }

  void land(const std::string& host, const result<addresses>& answer) {
    name& of = names[host];
    of.sought = false;
    if (answer) {
      of.found = *answer;
      of.good_until = steady_clock::now() + good_for;
    }
    const result<addresses> outcome = of.found.empty() ? answer : of.found;
    for (inquiry* const waiting : std::exchange(of.waiting, {})) {
      waiting->post(outcome);
    }
  }

  static void work(const std::shared_ptr<state>& self) noexcept {
    std::unique_lock lock(self->mutex);
    while (!self->queue.empty()) {
      const std::string host = std::move(self->queue.front());
      self->queue.pop_front();
      lock.unlock();
      result<addresses> answer = fail(errc::unavailable, "the look-up broke off");
      try {
        answer = self->blocking(host);
      } catch (...) {
        note_unexpected("looking up a name", std::current_exception());
      }
      lock.lock();
      self->land(host, answer);
    }
    --self->threads;
  }

  look_up blocking;
  std::mutex mutex;
  std::map<std::string, name> names;
  std::deque<std::string> queue;
  std::size_t threads = 0;
};

resolver::inquiry::~inquiry() {
  const std::scoped_lock lock(state_->mutex);
  if (const auto name = state_->names.find(host_); name != state_->names.end()) {
    std::erase(name->second.waiting, this);
  }
}

resolver::resolver(look_up blocking) : state_(std::make_shared<state>(std::move(blocking))) {}
resolver::~resolver() = default;

resolver& resolver::system() {
  // Never destroyed: a look-up may be under way when the process ends.
  static auto* const own = new resolver(ask_system);
  return *own;
}

std::optional<addresses> resolver::known(const std::string& host) {
  if (const auto address = written_out(host)) {
    return addresses{*address};
  }
  const std::scoped_lock lock(state_->mutex);
  const auto found = state_->names.find(host);
  const bool good = found != state_->names.end() && steady_clock::now() < found->second.good_until;
  return good ? std::optional(found->second.found) : std::nullopt;
}

std::shared_ptr<resolver::inquiry> resolver::ask(const std::string& host, const executor& ex, answered done) {
  auto asking = std::make_shared<inquiry>(state_, host, ex, std::move(done));
  const std::scoped_lock lock(state_->mutex);
  state_->make_room();
  state::name& of = state_->names[host];
  of.waiting.push_back(asking.get());
  if (!std::exchange(of.sought, true)) {
    state_->seek(state_, host);
  }
  return asking;
}

void resolver::doubt(const std::string& host) {
  const std::scoped_lock lock(state_->mutex);
  if (const auto found = state_->names.find(host); found != state_->names.end()) {
    found->second.good_until = steady_time::min();
  }
}

task<result<addresses>> find_addresses(resolver* with, std::string host, timer* end) {
  if (auto known = with->known(host)) {
    co_return std::move(*known);
  }
  std::optional<result<addresses>> found;
  const auto asking = with->ask(host, end->get_executor(), [&](result<addresses> answer) {
    found = std::move(answer);
    end->cancel();
  });
  co_await end->async_wait(as_result);
  if (!found) {
    co_return fail(errc::timed_out, "its name is not found in time");
  }
  co_return std::move(*found);
}

}  // namespace c2c::net
