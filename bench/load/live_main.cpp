// bench_live: calls whose readers are told how they go, and what that costs; JSON.
#include <exception>
#include <iostream>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/serialize.hpp>
#include <CLI/CLI.hpp>

#include "live.hpp"

namespace {

using namespace c2c;
using namespace c2c::bench;

struct arguments {
  live_options live;
  std::string terminals;
  std::string host = "127.0.0.1";
  std::uint16_t port = 5038;
  plain_session plain;
  unsigned idle = 32;
};

void add_call(CLI::App& to, arguments& into) {
  to.add_option("--url", into.live.to.url, "http://address:port")->required();
  to.add_option("--terminals", into.terminals, "lines of aor, password, endpoint, extension, company, brand")
      ->required();
  to.add_option("--destination", into.live.destination)->capture_default_str();
  to.add_option("--connections", into.live.to.connections, "that place calls")->capture_default_str();
  to.add_option("--secret", into.live.secret, "the AMI user's")->required();
}

void add_asterisk(CLI::App& to, arguments& into) {
  to.add_option("--ami-port", into.live.ami_port, "where the service looks for its Asterisk")->required();
  to.add_option("--call", into.live.call_file, "what Asterisk wrote for one call (bench/data/answered_call.txt)")
      ->required();
}

void add_others(CLI::App& to, arguments& into) {
  to.add_option("--other", into.live.other_file, "the same for a call of others (bench/data/other_call.txt)");
  to.add_option("--others", into.live.others, "so many of them at any time")->capture_default_str();
  to.add_option("--life", into.live.life, "seconds of each; 0: their events come as fast as they are taken")
      ->capture_default_str();
}

int measure(live& run, asio::awaitable<boost::json::object, executor> work) {
  std::optional<boost::json::object> out;
  std::exception_ptr broken;
  asio::co_spawn(run.context(), std::move(work), [&](const std::exception_ptr& e, boost::json::object done) {
    broken = e;
    out = std::move(done);
    run.context().stop();
  });
  run.context().run();
  if (broken) {
    std::rethrow_exception(broken);
  }
  std::cout << boost::json::serialize(*out) << '\n';
  return 0;
}

int run(int argc, char** argv) {
  CLI::App app("Watches calls through click2calld, and prints what that took as JSON.");
  app.require_subcommand(1);
  arguments given;
  given.live.to.connections = 8;

  auto* const changes = app.add_subcommand("changes", "from the event on our AMI socket to the reader's bytes");
  auto* const beside = app.add_subcommand("beside", "the same on a real Asterisk, beside a plain AMI session");
  auto* const others = app.add_subcommand("others", "CPU for each event of calls that are none of the service's");
  auto* const streams = app.add_subcommand("streams", "memory for each open stream");
  for (auto* const each : {changes, beside, others, streams}) {
    add_call(*each, given);
  }
  for (auto* const each : {changes, others, streams}) {
    add_asterisk(*each, given);
  }
  for (auto* const each : {changes, others}) {
    add_others(*each, given);
  }
  for (auto* const each : {changes, beside}) {
    given.live.how.add_options(*each);
  }
  for (auto* const each : {others, streams}) {
    each->add_option("--pid", given.live.pid, "the service's")->required();
  }
  beside->add_option("--host", given.host)->capture_default_str();
  beside->add_option("--port", given.port)->capture_default_str();
  beside->add_option("--user", given.plain.user)->required();
  others->add_option("--seconds", given.live.how.seconds)->required();
  streams->add_option("--calls", given.live.calls, "that the streams are spread over")->capture_default_str();
  streams->add_option("--streams", given.live.streams)->capture_default_str();
  streams->add_option("--idle", given.idle, "seconds in which nothing happens")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if ((*changes || *beside) && !given.live.how.bounded()) {
    std::cerr << "bench_live: give --count or --seconds\n";
    return 2;
  }

  given.live.callers = read_terminals(given.terminals);
  live one(given.live);
  if (*changes) {
    return measure(one, measure_changes(&one));
  }
  if (*others) {
    return measure(one, measure_others(&one));
  }
  if (*streams) {
    return measure(one, measure_streams(&one, std::chrono::seconds(given.idle)));
  }
  given.plain.secret = given.live.secret;
  given.plain.server = {asio::ip::make_address(given.host), given.port};
  return measure(one, measure_beside(&one, given.plain));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_live: " << e.what() << '\n';
    return 1;
  }
}
