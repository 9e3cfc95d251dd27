// bench_load: many keep-alive connections, one thread, and what came of it as JSON.
#include <exception>
#include <iostream>

#include <boost/json/serialize.hpp>

#include "work.hpp"

namespace {

using namespace c2c::bench;

int run(int argc, char** argv) {
  CLI::App app("Drives click2calld, and prints statuses and latencies as JSON.");
  app.require_subcommand(1);
  target to;
  pace how;
  std::string body;
  std::string terminals;
  flow_options flow;

  auto* const challenge = app.add_subcommand("challenge", "POST one body again and again");
  challenge->add_option("--url", to.url, "http://address:port/path")->required();
  challenge->add_option("--body", body)->required();
  auto* const flows = app.add_subcommand("flow", "challenge, digest, call");
  auto* const refusals =
      app.add_subcommand("refusals", "how long a 403 takes: --count unknown users, --count wrong passwords");
  for (auto* const each : {flows, refusals}) {
    each->add_option("--url", to.url, "http://address:port")->required();
    each->add_option("--terminals", terminals, "lines of aor, password, endpoint, extension, company, brand")
        ->required();
  }
  flows->add_option("--destination", flow.destination)->capture_default_str();
  flows->add_flag("--wrong-password", flow.wrong_password, "sign nothing: every call is refused, every nonce used up");
  for (auto* const each : {challenge, flows}) {
    each->add_option("--connections", to.connections)->capture_default_str();
    how.add_options(*each);
  }
  refusals->add_option("--count", how.count)->required();
  CLI11_PARSE(app, argc, argv);
  if (!how.bounded()) {
    std::cerr << "bench_load: give --count or --seconds\n";
    return 2;
  }

  boost::json::object out;
  if (*challenge) {
    out = run_challenges(to, how, body);
  } else if (*flows) {
    flow.callers = read_terminals(terminals);
    out = run_flows(to, how, flow);
  } else {
    out = run_refusals(to, how.count, read_terminals(terminals));
  }
  std::cout << boost::json::serialize(out) << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_load: " << e.what() << '\n';
    return 1;
  }
}
