// A whole session against a manager that answers in any order, late, twice or never, with the bytes split at random.
#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "asterisk/session.hpp"

namespace c2c::asterisk {
namespace {

using namespace std::chrono_literals;

class session_simulation {
 public:
  explicit session_simulation(unsigned seed) : random_(seed) {
    options_.user = "click";
    options_.secret = "hush";
    options_.limits = {.max_pending_actions = 30, .marker_life = 5s};
    events_.event = [this](const message& event) {
      const int number = std::stoi(std::string(event.get("Number")));
      EXPECT_GT(number, last_event_);
      last_event_ = number;
    };
    connect();
  }

  void step() {
    now_ += std::chrono::milliseconds(below(20));
    switch (below(9)) {
      case 0:
      case 1: submit(); break;
      case 2: write(); break;
      case 3:
      case 4: serve(); break;
      case 5:
      case 6: read(); break;
      case 7: session_->advance(now_); break;
      default:
        if (below(200) == 0) {
          session_->give_up({errc::unavailable, "reset"});
        } else if (below(300) == 0) {
          now_ += 10s;
        } else if (below(300) == 0) {
          to_client_ += "garbage\r\n";
        } else if (below(300) == 0) {
          session_->leave(now_, 800ms);
        }
    }
    if (session_->fault()) {
      session_->finish();
      connect();
    }
  }

  void end() {
    session_->give_up({errc::unavailable, "over"});
    session_->finish();
    for (const auto& [name, completions] : completions_) {
      EXPECT_EQ(completions, 1) << "action " << name;
    }
    EXPECT_GT(counts_["ok"], 100);
    EXPECT_GT(counts_["not_sent"], 0);
    EXPECT_GT(counts_["outcome_unknown"], 0);
    EXPECT_GT(last_event_, 100);
  }

 private:
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

  void connect() {
    session_ = std::make_unique<session>(options_, ids_, events_, now_);
    to_server_.clear();
    replies_.clear();
    to_client_ = "Asterisk Call Manager/9.0.0\r\n";
  }

  void submit() {
    const std::string name = "N" + std::to_string(completions_.size());
    completions_[name] = 0;
    session_->submit(action("Originate").add("Name", name), now_, now_ + 2s, {},
                     [this, name](const result<response>& got) {
                       EXPECT_EQ(++completions_[name], 1) << "action " << name;
                       const std::string kind = got ? "ok" : std::string(to_string(got.error().code));
                       ++counts_[kind];
                       if (kind == "not_sent" || kind == "overloaded") {
                         EXPECT_FALSE(arrived_.contains(name)) << name << " arrived and is called " << kind;
                       } else if (kind == "ok") {
                         EXPECT_TRUE(arrived_.contains(name));
                       }
                     });
  }

  void write() {
    const std::string_view bytes = session_->to_write(now_);
    const std::size_t taken = bytes.empty() ? 0 : 1 + below(static_cast<unsigned>(bytes.size()));
    to_server_.append(bytes.substr(0, taken));
    session_->wrote(taken);
  }

  // The manager reads an action, or sends something that it has ready.
  void serve() {
    if (const auto end = to_server_.find("\r\n\r\n"); end != std::string::npos) {
      const std::string text = to_server_.substr(0, end + 2);
      to_server_.erase(0, end + 4);
      take(message(text));
    } else if (!replies_.empty()) {
      const auto which = replies_.begin() + below(static_cast<unsigned>(replies_.size()));
      to_client_ += *which;
      if (below(10) != 0) {  // else it will be sent again
        replies_.erase(which);
      }
    }
    if (below(3) == 0) {
      to_client_ += "Event: Tick\r\nNumber: " + std::to_string(++sent_event_) + "\r\n\r\n";
    }
  }

  void take(const message& what) {
    const std::string head = "Response: Success\r\nActionID: " + std::string(what.get("ActionID")) + "\r\n";
    if (what.get("Action") == "Challenge") {
      to_client_ += head + "Challenge: 7\r\n\r\n";
    } else if (what.get("Action") == "Login") {
      to_client_ += below(20) == 0 ? "Response: Error\r\nActionID: " + std::string(what.get("ActionID")) + "\r\n\r\n"
                                   : head + "\r\n";
    } else {
      const std::string name(what.get("Name"));
      EXPECT_TRUE(name.empty() || arrived_.insert(name).second) << name << " arrived twice";
      if (below(12) != 0) {
        replies_.push_back(head + "\r\n");
      }
    }
  }

  void read() {
    const auto room = session_->room();
    const std::size_t size = std::min<std::size_t>({to_client_.size(), room.size(), 1 + below(400)});
    if (size > 0) {
      std::copy_n(to_client_.begin(), size, room.begin());
      to_client_.erase(0, size);
      session_->received(size, now_);
    }
  }

  std::mt19937 random_;
  steady_time now_{1h};
  session_options options_;
  action_ids ids_{"p-"};
  session_events events_;
  std::unique_ptr<session> session_;
  std::string to_server_;
  std::string to_client_;
  std::vector<std::string> replies_;
  std::map<std::string, int> completions_;
  std::set<std::string> arrived_;
  std::map<std::string, int> counts_;
  int sent_event_ = 0;
  int last_event_ = 0;
};

TEST(AmiSessionSimulation, EachActionCompletesOnceAndEventsKeepTheirOrderThroughAnyLoss) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    session_simulation run(seed);
    for (int i = 0; i < 25'000 && !testing::Test::HasFailure(); ++i) {
      run.step();
    }
    run.end();
  }
}

}  // namespace
}  // namespace c2c::asterisk
