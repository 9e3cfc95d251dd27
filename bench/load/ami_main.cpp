// bench_ami: one raw pipelined AMI session on a real Asterisk.
#include <exception>
#include <iostream>
#include <optional>
#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/serialize.hpp>
#include <CLI/CLI.hpp>

#include "raw_session.hpp"

namespace {

using namespace c2c;
using namespace c2c::bench;

int run(int argc, char** argv) {
  CLI::App app("Originates over one persistent AMI session, and prints how fast Asterisk answers and dials as JSON.");
  raw_options options;
  std::string host = "127.0.0.1";
  std::uint16_t port = 5038;
  std::string terminals;
  app.add_option("--host", host)->capture_default_str();
  app.add_option("--port", port)->capture_default_str();
  app.add_option("--user", options.user)->required();
  app.add_option("--secret", options.secret)->required();
  app.add_option("--terminals", terminals, "lines of aor, password, endpoint, extension, company, brand")->required();
  app.add_option("--destination", options.destination)->capture_default_str();
  app.add_option("--window", options.window, "flat out: so many under way at most")->capture_default_str();
  app.add_flag("--until-dialled", options.window_of_dials, "an Originate is under way until leg 1 is dialled");
  options.how.add_options(app);
  CLI11_PARSE(app, argc, argv);
  if (!options.how.bounded()) {
    std::cerr << "bench_ami: give --count or --seconds\n";
    return 2;
  }
  options.server = {asio::ip::make_address(host), port};
  options.callers = read_terminals(terminals);
  options.run = "raw" + std::to_string(std::random_device()()) + '_';

  asio::io_context context{1};
  raw_session session(context, options);
  std::optional<boost::json::object> out;
  asio::co_spawn(context, session.run(), [&](const std::exception_ptr& e, boost::json::object done) {
    if (e) {
      std::rethrow_exception(e);
    }
    out = std::move(done);
    context.stop();
  });
  context.run();
  std::cout << boost::json::serialize(*out) << '\n';
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_ami: " << e.what() << '\n';
    return 1;
  }
}
