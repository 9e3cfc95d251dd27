#include "net/http_client.hpp"

#include <utility>

#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

namespace c2c::net {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using parser = http::response_parser<http::string_body>;

constexpr std::size_t most_header_bytes = 8'192;
constexpr std::size_t read_bytes = 8'192;
constexpr unsigned switching_protocols = 101;

void prepare(std::optional<parser>& in, std::size_t most_body_bytes) {
  in.emplace();
  in->eager(true);
  in->header_limit(most_header_bytes);
  in->body_limit(most_body_bytes);
}

bool is_interim(const parser& in) {
  const unsigned status = in.get().result_int();
  return in.is_done() && status / 100 == 1 && status != switching_protocols;
}

bool of_http(const error_code& ec) {
  return ec.category() == error_code(http::error::need_more).category();
}

// What came, once it is whole or `ec` says why no more comes.
result<http_answer> judge(parser& in, const connection& from, const error_code& ec) {
  if (!in.is_header_done() || in.get().result_int() / 100 == 1) {
    if (!ec || of_http(ec)) {
      return fail(errc::malformed, "its answer is no HTTP" + (ec ? ": " + ec.message() : std::string()));
    }
    return from.broken("awaiting an answer", ec);
  }
  auto& head = in.get();
  http_answer out{.status = head.result_int(), .retry_after = std::string(head[http::field::retry_after])};
  if (!ec) {
    out.body = std::move(head.body());
  } else if (of_http(ec)) {
    out.cut = failure(errc::malformed, "an answer that is no HTTP: " + ec.message());
  } else {
    out.cut = from.broken("reading the rest of an answer", ec).error();
  }
  return out;
}

}  // namespace

void http_client::close() {
  closed_ = true;
  if (now_) {
    now_->close();
  }
}

std::string http_client::request(const std::string& headers, const std::string& body) const {
  std::string out = "POST " + options_.to.target + " HTTP/1.1\r\nHost: " + options_.to.authority() + "\r\n";
  out += options_.headers + headers + "Content-Length: " + std::to_string(body.size());
  out += options_.idle.count() == 0 ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n";
  return out + body;
}

task<result<http_answer>> http_client::post(std::shared_ptr<http_client> self, std::string headers, std::string body,
                                            steady_time by) {
  const std::string request = self->request(headers, body);
  if (self->now_ && self->now_->is_open()) {
    const auto kept = self->now_;
    kept->expire_at(by);
    auto tried = co_await exchange(self, kept, request);
    if (tried.answer || tried.heard || kept->late()) {
      co_return std::move(tried.answer);
    }
  }
  if (self->closed_) {
    co_return fail(errc::unavailable, "it is not asked any more");
  }
  const auto fresh = std::make_shared<connection>(self->executor_);
  self->now_ = fresh;
  const auto opened = co_await connection::open(fresh, self->options_.to.server, self->options_.tls, by);
  if (!opened) {
    fresh->close();
    co_return std::unexpected(opened.error());
  }
  auto tried = co_await exchange(self, fresh, request);
  co_return std::move(tried.answer);
}

task<http_client::exchanged> http_client::exchange(std::shared_ptr<http_client> self, std::shared_ptr<connection> on,
                                                   std::string request) {
  if (const error_code ec = co_await connection::write(on, request); ec) {
    exchanged out{.answer = on->broken("sending a request", ec)};
    on->close();
    co_return out;
  }
  std::optional<parser> in;
  prepare(in, self->options_.most_body_bytes);
  boost::beast::flat_static_buffer<most_header_bytes + read_bytes> buffer;
  error_code ec;
  bool heard = false;
  while (!in->is_done() && !ec) {
    const std::size_t room = buffer.max_size() - buffer.size();
    if (room == 0) {
      ec = http::error::header_limit;
      break;
    }
    auto [failed, count] = co_await on->async_read_some(buffer.prepare(room), as_result);
    buffer.commit(count);
    heard = heard || count > 0;
    ec = failed;
    if (ec == asio::error::eof && in->got_some()) {
      ec = {};
      in->put_eof(ec);
      break;
    }
    while (!ec && buffer.size() > 0) {
      buffer.consume(in->put(buffer.data(), ec));
      if (ec || !is_interim(*in)) {
        break;
      }
      prepare(in, self->options_.most_body_bytes);  // the final answer is still to come
    }
    ec = ec == http::error::need_more ? error_code() : ec;
  }
  exchanged out{.answer = judge(*in, *on, ec), .heard = heard};
  if (self->options_.idle.count() > 0 && !ec && in->keep_alive() && buffer.size() == 0) {
    on->expire_at(steady_clock::now() + self->options_.idle);
  } else {
    on->close();
  }
  co_return out;
}

}  // namespace c2c::net
