#include "http/listener.hpp"

#include <gtest/gtest.h>

namespace c2c::http {
namespace {

using namespace std::chrono_literals;

TEST(Listener, AnAcceptThatFailsForWhateverReasonIsNotTriedAgainAtOnce) {
  asio::io_context context{1};
  const router routes{{}};
  const cors origins{{"*"}};
  // Bound and not listening: each accept fails at once, with an error that nobody has a name for (EINVAL).
  tcp_acceptor deaf(context.get_executor());
  deaf.open(asio::ip::tcp::v4());
  deaf.bind({asio::ip::address_v4::loopback(), 0});
  listener it(context, std::move(deaf), nullptr, routes, origins, {}, 10);
  it.start();
  EXPECT_LT(context.run_for(500ms), 100U) << "turns of the loop";
  it.drain();
  it.abort();
}

}  // namespace
}  // namespace c2c::http
