#include "journal.hpp"

#include <cstdint>

#include "asterisk/message.hpp"
#include "asterisk/translate.hpp"
#include "latencies.hpp"

namespace c2c::bench {
namespace {

call::state state_at(std::size_t index) {
  return static_cast<call::state>(index);
}

}  // namespace

std::vector<std::optional<call::state>> changes_of(const call_script& script) {
  std::vector<std::optional<call::state>> out(script.parts());
  call::progress progress;
  for (std::size_t part = 0; part < script.parts(); ++part) {
    std::string text;
    script.append(text, part, {"action", "x", "1"});
    text.resize(text.size() - 2);  // the blank line
    const call::state before = progress.now();
    if (const auto event = asterisk::translate(asterisk::message(text))) {
      progress.apply(*event);
    }
    if (progress.now() != before) {
      out[part] = progress.now();
    }
  }
  return out;
}

journal::entry& journal::of(std::string_view iden) {
  if (const auto found = calls_.find(iden); found != calls_.end()) {
    return found->second;
  }
  return calls_.try_emplace(std::string(iden)).first->second;
}

void journal::happened(std::string_view iden, call::state what, steady_time when) {
  of(iden).happened[static_cast<std::size_t>(what)] = when;
}

void journal::opened(std::string_view iden, steady_time when) {
  of(iden).open = when;
}

void journal::told(std::string_view iden, std::string_view state, steady_time when) {
  for (std::size_t i = 0; i < states; ++i) {
    if (call::to_string(state_at(i)) == state) {
      of(iden).told[i] = when;
    }
  }
}

boost::json::object journal::summary() const {
  std::uint64_t streams = 0;
  std::uint64_t missed = 0;
  latencies all;
  std::array<latencies, states> each;
  for (const auto& [iden, call] : calls_) {
    streams += call.open ? 1 : 0;
    for (std::size_t i = 0; i < states; ++i) {
      if (!call.open || !call.happened[i] || *call.happened[i] < *call.open) {
        continue;
      }
      if (!call.told[i]) {
        ++missed;
        continue;
      }
      all.add(*call.told[i] - *call.happened[i]);
      each[i].add(*call.told[i] - *call.happened[i]);
    }
  }
  boost::json::object by_state;
  for (std::size_t i = 0; i < states; ++i) {
    if (each[i].size() > 0) {
      by_state[call::to_string(state_at(i))] = each[i].summary();
    }
  }
  return {{"streams", streams},
          {"changes", all.size()},
          {"missed", missed},
          {"latency_ms", all.summary()},
          {"by_state_ms", std::move(by_state)}};
}

}  // namespace c2c::bench
