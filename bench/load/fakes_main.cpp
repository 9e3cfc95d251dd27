// bench_fakes: an instant Asterisk and an instant Kamailio in one thread. Prints their ports as JSON and runs until
// SIGTERM.
#include <csignal>
#include <exception>
#include <iostream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <CLI/CLI.hpp>

#include "fakes.hpp"

namespace {

using namespace c2c;
using namespace c2c::bench;

tcp_acceptor listen_on(asio::io_context& context, const asio::ip::address& address) {
  return {context.get_executor(), asio::ip::tcp::endpoint(address, 0)};
}

int run(int argc, char** argv) {
  CLI::App app("An instant AMI and an instant Kamailio, for measuring what stands in front of them.");
  std::string host = "127.0.0.1";
  std::string secret;
  std::string call_file;
  app.add_option("--host", host, "an address of this machine")->capture_default_str();
  app.add_option("--secret", secret, "the AMI user's")->required();
  app.add_option("--call", call_file, "what Asterisk wrote for one call (bench/data/busy_call.txt)")->required();
  CLI11_PARSE(app, argc, argv);

  const fake_ami_options options{secret, read_call_script(call_file)};

  asio::io_context context{1};
  const auto address = asio::ip::make_address(host);
  auto ami = listen_on(context, address);
  auto kamailio = listen_on(context, address);
  std::cout << R"({"ami_port":)" << ami.local_endpoint().port() << R"(,"rpc_port":)" << kamailio.local_endpoint().port()
            << '}' << std::endl;
  asio::co_spawn(context, serve_ami(std::move(ami), &options), asio::detached);
  asio::co_spawn(context, serve_kamailio(std::move(kamailio), "sip:" + host + ":5060"), asio::detached);
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code, int) { context.stop(); });
  context.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "bench_fakes: " << e.what() << '\n';
    return 1;
  }
}
