#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include <unistd.h>

#include "base/random.hpp"
#include "client/arguments.hpp"
#include "client/call.hpp"
#include "client/http.hpp"
#include "client/number.hpp"
#include "client/prompt.hpp"
#include "client/settings.hpp"
#include "client/words.hpp"

namespace c2c::client {

namespace {

void print(std::FILE* to, std::string line) {
  if (!line.ends_with('\n')) {
    line.push_back('\n');
  }
  std::fputs(line.c_str(), to);
}

const char* environment(const char* name) {
  return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread runs yet
}

std::expected<given, std::string> gather(arguments& in, const std::string& path) {
  if (in.password_stdin && ::isatty(STDIN_FILENO) == 0) {
    auto password = read_password_line(STDIN_FILENO);
    if (!password) {
      return std::unexpected(password.error());
    }
    in.flags.password = std::move(*password);
  }
  auto from_env = from_environment(environment);
  if (!from_env) {
    return from_env;
  }
  auto from_file = path.empty() ? given{} : read_config(path, in.config.has_value());
  if (!from_file) {
    return from_file;
  }
  given out = over(std::move(in.flags), over(std::move(*from_env), std::move(*from_file)));
  if (in.password_stdin && ::isatty(STDIN_FILENO) != 0) {
    out.password.reset();  // --password-stdin at a terminal means: ask me
  }
  return out;
}

int wrong(const arguments& in, std::string sentence) {
  const report said{exit_code::usage, std::move(sentence)};
  if (in.json) {
    print(stdout, to_json(said));
  }
  print(stderr, "click2call: " + said.text);
  return static_cast<int>(said.code);
}

int call(arguments in) {
  auto destination = to_destination(in.typed);
  if (!destination) {
    return wrong(in, destination.error());
  }
  if (in.iden && !is_iden(*in.iden)) {
    return wrong(in, "The iden is 1 to 32 of A-Z a-z 0-9 _ and -.");
  }
  const std::string path = in.config ? *in.config : default_config_path(environment);
  auto all = gather(in, path);
  if (!all) {
    return wrong(in, all.error());
  }
  const std::string question = "SIP password of " + all->aor.value_or("the terminal") + ":";
  auto who = settle(std::move(*all), path, [&] { return ask_password(question); });
  if (!who) {
    return wrong(in, who.error());
  }

  random_source random;
  const order what{.destination = *destination,
                   .iden = in.iden ? *in.iden : make_iden(random),
                   .max_duration_ms = in.max_duration_ms,
                   .dial_timeout_s = in.dial_timeout_s,
                   .optimize = in.optimize,
                   .dry_run = in.dry_run};
  if (in.typed != what.destination && !in.json) {
    print(stdout, "\"" + in.typed + "\" is dialled as " + what.destination + ".");
  }
  connection service(who->url, {.verify_tls = who->verify_tls, .ca = who->ca, .whole = in.whole});
  const outcome happened = place(*who, what, [&](std::string_view endpoint, const std::string& json, repeat again) {
    return service.post(endpoint, json, again);
  });
  who->password.wipe();

  const context about{
      .destination = what.destination, .iden = what.iden, .aor = who->aor, .where = who->url, .whole = in.whole};
  const report said = describe(happened, about);
  if (in.json) {
    print(stdout, to_json(happened, about, said));
  }
  if (said.code != exit_code::placed) {
    print(stderr, "click2call: " + said.text);
  } else if (!in.json) {
    print(stdout, said.text);
  }
  return static_cast<int>(said.code);
}

}  // namespace

}  // namespace c2c::client

int main(int argc, char** argv) {
  try {
    auto in = c2c::client::parse_arguments(argc, argv);
    if (!in) {
      c2c::client::print(in.error().error ? stderr : stdout, in.error().text);
      return in.error().error ? static_cast<int>(c2c::client::exit_code::usage) : 0;
    }
    return c2c::client::call(std::move(*in));
  } catch (const std::exception& error) {
    c2c::client::print(stderr, std::string("click2call: a fault of the program itself: ") + error.what());
    return static_cast<int>(c2c::client::exit_code::failed);
  }
}
