// bench_load: many keep-alive connections, one thread, and what came of it as JSON.
#include <exception>
#include <iostream>

#include <boost/json/serialize.hpp>

#include "work.hpp"

namespace c2c::bench {

std::string_view text_of(std::string_view json, std::string_view quoted_name) {
  const auto name = json.find(quoted_name);
  const auto colon = name == std::string_view::npos ? name : json.find(':', name + quoted_name.size());
  const auto begin = colon == std::string_view::npos ? colon : json.find('"', colon);
  if (begin == std::string_view::npos) {
    return {};
  }
  return json.substr(begin + 1, json.find('"', begin + 1) - begin - 1);
}

std::string challenge_request(std::string_view aor) {
  return R"({"aor":")" + std::string(aor) + "\"}";
}

std::string call_request(const std::string& aor, std::string_view nonce, std::string_view response,
                         std::string_view destination) {
  std::string body = R"({"aor":")" + aor + R"(","nonce":")";
  body.append(nonce).append(R"(","response":")").append(response);
  return body.append(R"(","destination":")").append(destination).append("\"}");
}

namespace {

task<void> one_connection(asio::io_context& context, url server, schedule& when, const piece& work) {
  http_client client(context.get_executor(), server.server);
  timer wait(context.get_executor());
  co_await client.connect();
  while (const auto due = when.next()) {
    if (*due > steady_clock::now()) {
      wait.expires_at(*due);
      co_await wait.async_wait(as_result);
    }
    co_await work(client, *due);
  }
}

}  // namespace

elapsed run_all(const target& to, const pace& how, const piece& work) {
  asio::io_context context{1};
  schedule when(how);
  const url server = parse_url(to.url);
  for (unsigned i = 0; i < to.connections; ++i) {
    asio::co_spawn(context, one_connection(context, server, when, work), [](const std::exception_ptr& e) {
      if (e) {
        std::rethrow_exception(e);
      }
    });
  }
  context.run();
  return {std::chrono::duration<double>(steady_clock::now() - when.start()).count(), when.given()};
}

}  // namespace c2c::bench

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
