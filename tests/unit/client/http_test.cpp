#include "client/http.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "fake_service.hpp"

namespace c2c::client {
namespace {

using test::fake_service;
using test::http_reply;
using test::silence;

url at(unsigned short port, const std::string& path = {}) {
  return {.tls = false, .server = {"127.0.0.1", port}, .path = path};
}

url tls_at(unsigned short port, const std::string& host) {
  return {.tls = true, .server = {host, port}};
}

// A port on which nothing listens: it was free a moment ago.
unsigned short dead_port() {
  boost::asio::io_context io;
  const boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

trouble_kind kind_of(const std::expected<answer, trouble>& out) {
  EXPECT_FALSE(out.has_value());
  return out ? trouble_kind{} : out.error().kind;
}

class pem_file {
 public:
  explicit pem_file(const std::string& text) {
    std::string name = (std::filesystem::temp_directory_path() / "click2call-ca-XXXXXX").string();
    ::close(::mkstemp(name.data()));
    path_ = name;
    std::ofstream(path_) << text;
  }
  pem_file(const pem_file&) = delete;
  pem_file& operator=(const pem_file&) = delete;
  ~pem_file() { std::filesystem::remove(path_); }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST(Http, SendsBothRequestsOnOneConnection) {
  fake_service server({{http_reply("one"), http_reply("two")}});
  connection client(at(server.port(), "/c2c"), {});
  const auto first = client.post("challenge", R"({"a":1})", repeat::safe);
  const auto second = client.post("call", "{}", repeat::never);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->status, 200U);
  EXPECT_EQ(first->body, "one");
  EXPECT_EQ(second->body, "two");
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_TRUE(seen[0].starts_with("POST /c2c/challenge HTTP/1.1\r\n"));
  EXPECT_TRUE(seen[0].contains("Host: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"));
  EXPECT_TRUE(seen[0].contains("Content-Type: application/json\r\n"));
  EXPECT_TRUE(seen[0].ends_with("\r\n\r\n{\"a\":1}"));
}

TEST(Http, ConnectsAgainWhereTheServerSaysThatItCloses) {
  fake_service server({{http_reply("one", "Connection: close\r\n")}, {http_reply("two")}});
  connection client(at(server.port()), {});
  EXPECT_EQ(client.post("challenge", "{}", repeat::safe)->body, "one");
  EXPECT_EQ(client.post("call", "{}", repeat::never)->body, "two");
}

TEST(Http, RepeatsOnANewConnectionOnlyWhatIsSafe) {
  fake_service safe({{http_reply("one")}, {http_reply("two")}});
  connection client(at(safe.port()), {});
  EXPECT_EQ(client.post("challenge", "{}", repeat::safe)->body, "one");
  EXPECT_EQ(client.post("challenge", "{}", repeat::safe)->body, "two");

  fake_service unsafe({{http_reply("one")}, {http_reply("two")}});
  connection other(at(unsafe.port()), {});
  EXPECT_EQ(other.post("challenge", "{}", repeat::safe)->body, "one");
  const auto out = other.post("call", "{}", repeat::never);
  EXPECT_EQ(kind_of(out), trouble_kind::broken);
  EXPECT_TRUE(out.error().sent);
  EXPECT_EQ(other.post("call", "{}", repeat::never)->body, "two") << "the next request connects anew";
}

TEST(Http, DoesNotRepeatWhatBreaksOnAFreshConnection) {
  fake_service server({{test::hang_up}, {http_reply("too late")}});
  connection client(at(server.port()), {});
  EXPECT_EQ(kind_of(client.post("challenge", "{}", repeat::safe)), trouble_kind::broken);
}

TEST(Http, TakesHalfAnAnswerForABrokenConnection) {
  fake_service server({{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"}});
  connection client(at(server.port()), {});
  EXPECT_EQ(kind_of(client.post("call", "{}", repeat::never)), trouble_kind::broken);
}

TEST(Http, GivesUpOnASilentServer) {
  fake_service server({{silence}});
  connection client(at(server.port()), {.whole = std::chrono::milliseconds(50)});
  const auto out = client.post("call", "{}", repeat::never);
  EXPECT_EQ(kind_of(out), trouble_kind::timed_out);
  EXPECT_TRUE(out.error().sent);
}

TEST(Http, TellsWhyItCannotConnect) {
  connection refused(at(dead_port()), {});
  const auto out = refused.post("call", "{}", repeat::never);
  EXPECT_EQ(kind_of(out), trouble_kind::refused);
  EXPECT_FALSE(out.error().sent);

  // A label of more than 63 bytes (RFC 1035, section 2.3.4) is no name, with a network or without.
  connection nobody({.tls = false, .server = {std::string(64, 'a') + ".invalid", 80}}, {});
  EXPECT_EQ(kind_of(nobody.post("call", "{}", repeat::never)), trouble_kind::name_not_found);
}

TEST(Http, TakesStatusRetryAfterAndLocation) {
  fake_service server(
      {{"HTTP/1.1 429 Too Many\r\nRetry-After: 12\r\nLocation: /x\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 503 Later\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n"}});
  connection client(at(server.port()), {});
  const auto first = client.post("call", "{}", repeat::never);
  EXPECT_EQ(first->status, 429U);
  EXPECT_EQ(first->retry_after, std::chrono::seconds(12));
  EXPECT_EQ(first->location, "/x");
  const auto second = client.post("call", "{}", repeat::never);
  EXPECT_EQ(second->status, 503U);
  EXPECT_FALSE(second->retry_after.has_value());
}

TEST(Http, PassesOverInterimAnswers) {
  fake_service server({{"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + http_reply("final")}});
  connection client(at(server.port()), {});
  EXPECT_EQ(client.post("call", "{}", repeat::never)->body, "final");
}

TEST(Http, TakesAnswersOfUpTo64KiB) {
  const std::string most(64 * 1024, 'x');
  fake_service server(
      {{http_reply(most)}, {http_reply(most + "x")}, {http_reply("", "X: " + std::string(20'000, 'x') + "\r\n")}});
  connection client(at(server.port()), {});
  EXPECT_EQ(client.post("call", "{}", repeat::never)->body.size(), most.size());
  connection second(at(server.port()), {});
  client = std::move(second);
  EXPECT_EQ(kind_of(client.post("call", "{}", repeat::never)), trouble_kind::too_large);
  EXPECT_EQ(kind_of(client.post("call", "{}", repeat::never)), trouble_kind::too_large);
}

TEST(Http, KnowsWhatIsNotHttp) {
  fake_service server({{"220 mail.example.com ESMTP\r\n\r\n"}});
  connection client(at(server.port()), {});
  EXPECT_EQ(kind_of(client.post("call", "{}", repeat::never)), trouble_kind::not_http);
}

TEST(Tls, RefusesACertificateOfAnUnknownAuthority) {
  fake_service server({{http_reply("no")}}, test::make_certificate("DNS:localhost"));
  connection client(tls_at(server.port(), "localhost"), {});
  const auto out = client.post("challenge", "{}", repeat::safe);
  EXPECT_EQ(kind_of(out), trouble_kind::untrusted);
  EXPECT_FALSE(out.error().sent);
  EXPECT_TRUE(server.requests().empty());
}

TEST(Tls, TrustsAnAuthorityOfOnesOwn) {
  const auto mine = test::make_certificate("DNS:localhost");
  const pem_file ca(mine.pem);
  fake_service server({{http_reply("one"), http_reply("two")}}, mine);
  connection client(tls_at(server.port(), "localhost"), {.ca = ca.path()});
  EXPECT_EQ(client.post("challenge", "{}", repeat::safe)->body, "one");
  EXPECT_EQ(client.post("call", "{}", repeat::never)->body, "two");
}

TEST(Tls, RefusesATrustedCertificateForAnotherName) {
  const auto other = test::make_certificate("DNS:pbx.example.com");
  const pem_file ca(other.pem);
  fake_service server({{http_reply("no")}, {http_reply("no")}}, other);
  connection by_name(tls_at(server.port(), "localhost"), {.ca = ca.path()});
  EXPECT_EQ(kind_of(by_name.post("challenge", "{}", repeat::safe)), trouble_kind::wrong_name);
  connection by_address(tls_at(server.port(), "127.0.0.1"), {.ca = ca.path()});
  EXPECT_EQ(kind_of(by_address.post("challenge", "{}", repeat::safe)), trouble_kind::wrong_name);
}

TEST(Tls, VerifiesAnAddressToo) {
  const auto mine = test::make_certificate("IP:127.0.0.1");
  const pem_file ca(mine.pem);
  fake_service server({{http_reply("yes")}}, mine);
  connection client(tls_at(server.port(), "127.0.0.1"), {.ca = ca.path()});
  EXPECT_EQ(client.post("challenge", "{}", repeat::safe)->body, "yes");
}

TEST(Tls, VerifiesNothingWhereItIsToldSo) {
  fake_service server({{http_reply("yes")}}, test::make_certificate("DNS:pbx.example.com"));
  connection client(tls_at(server.port(), "localhost"), {.verify_tls = false});
  EXPECT_EQ(client.post("challenge", "{}", repeat::safe)->body, "yes");
}

TEST(Tls, NamesAFileOfCertificatesThatCannotBeUsed) {
  connection client(tls_at(dead_port(), "localhost"), {.ca = "/nowhere.pem"});
  EXPECT_EQ(kind_of(client.post("challenge", "{}", repeat::safe)), trouble_kind::bad_ca);
}

// A pipe that can be read once woken().
class waker {
 public:
  waker() {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    read_ = ends[0];
    write_ = ends[1];
  }
  waker(const waker&) = delete;
  waker& operator=(const waker&) = delete;
  ~waker() {
    ::close(read_);
    ::close(write_);
  }
  int fd() const { return read_; }
  void wake() const { EXPECT_EQ(::write(write_, "x", 1), 1); }

 private:
  int read_ = -1;
  int write_ = -1;
};

TEST(Http, SendsNothingMoreOnceItIsGivenUp) {
  const waker stop;
  stop.wake();
  fake_service server({{http_reply("never")}});
  connection client(at(server.port()), {.wake = stop.fd()});
  for (const repeat again : {repeat::safe, repeat::never}) {
    const auto out = client.post("call", "{}", again);
    EXPECT_EQ(kind_of(out), trouble_kind::given_up);
    EXPECT_FALSE(out.error().sent);
  }
  EXPECT_TRUE(server.requests().empty());
}

TEST(Http, LeavesAnAnswerThatMayBeGivenUpAtOnce) {
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const waker stop;
    fake_service server({{silence}});
    connection client({.tls = false, .server = {host, server.port()}, .path = {}},
                      {.whole = std::chrono::hours(1), .wake = stop.fd()});
    std::thread soon([&] {
      while (server.requests().empty()) {
        std::this_thread::yield();
      }
      stop.wake();
    });
    EXPECT_EQ(kind_of(client.post("challenge", "{}", repeat::safe)), trouble_kind::given_up);
    soon.join();
  }
}

TEST(Http, LeavesAHandshakeThatMayBeGivenUpAtOnce) {
  const waker stop;
  fake_service server({{silence}});  // it reads, and shakes no hands
  connection client(tls_at(server.port(), "127.0.0.1"), {.connect = std::chrono::hours(1), .wake = stop.fd()});
  std::thread soon([&] {
    while (server.connections() == 0) {
      std::this_thread::yield();
    }
    stop.wake();
  });
  EXPECT_EQ(kind_of(client.post("challenge", "{}", repeat::safe)), trouble_kind::given_up);
  soon.join();
}

TEST(Http, WaitsForTheAnswerToWhatWasDone) {
  const waker stop;
  fake_service server({{http_reply("one"), http_reply("done")}});
  int told = 0;
  connection client(at(server.port()), {.wake = stop.fd(), .held_up = [&] { ++told; }});
  ASSERT_TRUE(client.post("challenge", "{}", repeat::safe));
  // Woken between the request and its answer, for all that the client can tell.
  server.before_reply(1, [&] { stop.wake(); });
  EXPECT_EQ(client.post("call", "{}", repeat::never)->body, "done");
  EXPECT_LE(told, 1);
  EXPECT_EQ(kind_of(client.post("call", "{}", repeat::never)), trouble_kind::given_up);
}

}  // namespace c2c::client
