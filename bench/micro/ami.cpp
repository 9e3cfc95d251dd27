#include <algorithm>
#include <string>

#include <benchmark/benchmark.h>

#include "asterisk/decoder.hpp"
#include "asterisk/multiplexer.hpp"
#include "asterisk/originate.hpp"
#include "asterisk/translate.hpp"
#include "call/board.hpp"

namespace {

using namespace c2c;

// A Newchannel of another call, as Asterisk 22 writes it.
std::string event_of(const std::string& iden) {
  return "Event: Newchannel\r\nPrivilege: call,all\r\nSystemName: as1\r\nChannel: PJSIP/b1c1t1007_u00007-00000001\r\n"
         "ChannelState: 0\r\nChannelStateDesc: Down\r\nCallerIDNum: <unknown>\r\nCallerIDName: <unknown>\r\n"
         "ConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\nLanguage: en\r\nAccountCode: \r\n"
         "Context: users\r\nExten: s\r\nPriority: 1\r\nUniqueid: as1-1700000000.7\r\nLinkedid: " +
         iden + "\r\n\r\n";
}

pbx::order order() {
  pbx::order out;
  out.iden = "abcdefghijklmnop";
  out.destination = "+34900000486";
  out.endpoint = "b1c1t1007_u00007";
  out.extension = "10007";
  out.company_id = 1;
  out.brand_id = 1;
  return out;
}

void decode_event(benchmark::State& state) {
  std::string batch;
  constexpr int events = 32;
  for (int i = 0; i < events; ++i) {
    batch += event_of("as1-1700000000.6");
  }
  asterisk::decoder decoder;
  const auto feed = [&](std::string_view text) {
    while (!text.empty()) {
      const auto room = decoder.room();
      const std::size_t some = std::min(room.size(), text.size());
      std::copy_n(text.data(), some, room.data());
      decoder.commit(some);
      text.remove_prefix(some);
      while (const auto next = decoder.next()) {
        if (!*next) {
          break;
        }
        benchmark::DoNotOptimize(**next);
      }
    }
  };
  feed("Asterisk Call Manager/9.0.0\r\n");
  for (auto _ : state) {
    feed(batch);
  }
  state.SetItemsProcessed(state.iterations() * events);
}
BENCHMARK(decode_event);

void encode_originate(benchmark::State& state) {
  const auto what = order();
  for (auto _ : state) {
    benchmark::DoNotOptimize(asterisk::originate(what).encode("0123456789abcdef-1"));
  }
}
BENCHMARK(encode_originate);

void submit_write_respond(benchmark::State& state) {
  asterisk::action_ids ids("0123456789abcdef-");
  asterisk::multiplexer multiplexer(ids, {});
  multiplexer.open();
  const asterisk::action what = asterisk::originate(order());
  steady_time now{};
  std::string id;
  for (auto _ : state) {
    now += std::chrono::microseconds(10);
    bool done = false;
    multiplexer.submit(
        what, now, now + std::chrono::seconds(5), [&](std::string_view text) { id = text; },
        [&](const result<asterisk::response>& answer) { done = answer.has_value(); });
    multiplexer.wrote(multiplexer.prepare_write(now).size());
    const std::string response =
        "Response: Success\r\nActionID: " + id + "\r\nMessage: Originate successfully queued\r\n";
    multiplexer.respond(asterisk::message(response), now);
    if (!done) {
      state.SkipWithError("not completed");
      break;
    }
  }
}
BENCHMARK(submit_write_respond);

// What every event of a busy Asterisk costs us that is none of ours.
void board_foreign_event(benchmark::State& state) {
  call::board board({});
  const auto ours =
      board.admit({"abcdefghijklmnop", "u00007@127.0.0.1", "+34900000486"}, "127.0.0.1", std::chrono::hours(1), {});
  benchmark::DoNotOptimize(ours);
  const std::string text = event_of("as1-1700000000.6");
  const asterisk::message event(std::string_view(text).substr(0, text.size() - 2));
  for (auto _ : state) {
    if (const auto translated = asterisk::translate(event)) {
      board.apply("127.0.0.1", *translated, {});
    }
  }
}
BENCHMARK(board_foreign_event);

void board_own_event(benchmark::State& state) {
  call::board board({});
  const auto ours =
      board.admit({"abcdefghijklmnop", "u00007@127.0.0.1", "+34900000486"}, "127.0.0.1", std::chrono::hours(1), {});
  benchmark::DoNotOptimize(ours);
  const std::string text = event_of("abcdefghijklmnop");
  const asterisk::message event(std::string_view(text).substr(0, text.size() - 2));
  for (auto _ : state) {
    if (const auto translated = asterisk::translate(event)) {
      board.apply("127.0.0.1", *translated, {});
    }
  }
}
BENCHMARK(board_own_event);

}  // namespace
