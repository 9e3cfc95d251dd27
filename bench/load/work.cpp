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

task<void> one_connection(asio::io_context* context, url server, schedule* when, const piece* work) {
  http_client client(context->get_executor(), server.server);
  timer wait(context->get_executor());
  co_await client.connect();
  while (const auto due = when->next()) {
    if (*due > steady_clock::now()) {
      wait.expires_at(*due);
      co_await wait.async_wait(as_result);
    }
    co_await (*work)(client, *due);
  }
}

}  // namespace

task<void> work_all(asio::io_context* context, const target* to, schedule* when, const piece* work) {
  const url server = parse_url(to->url);
  unsigned left = to->connections;
  std::exception_ptr broken;
  timer done(context->get_executor(), steady_time::max());
  for (unsigned i = 0; i < to->connections; ++i) {
    asio::co_spawn(*context, one_connection(context, server, when, work), [&](const std::exception_ptr& e) {
      broken = e ? e : broken;
      if (--left == 0) {
        done.cancel();
      }
    });
  }
  while (left > 0) {
    co_await done.async_wait(as_result);
  }
  if (broken) {
    std::rethrow_exception(broken);
  }
}

elapsed run_all(const target& to, const pace& how, const piece& work) {
  asio::io_context context{1};
  schedule when(how);
  asio::co_spawn(context, work_all(&context, &to, &when, &work), [](const std::exception_ptr& e) {
    if (e) {
      std::rethrow_exception(e);
    }
  });
  context.run();
  return {std::chrono::duration<double>(steady_clock::now() - when.start()).count(), when.given()};
}

}  // namespace c2c::bench
