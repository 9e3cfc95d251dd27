#include "metrics/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace c2c::metrics {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class MetricsPage : public testing::Test {
 protected:
  MetricsPage() {
    seen.version = "1.2.3";
    counted.of_worker(1);
  }
  std::string page() const { return metrics::page(counted, seen); }

  registry counted;
  observations seen;
};

TEST_F(MetricsPage, AddsUpWhatTheWorkersCounted) {
  counted.of_worker(0).http.note(endpoint::call, 200, 1ms);
  counted.of_worker(1).http.note(endpoint::call, 200, 3s);
  EXPECT_THAT(page(), HasSubstr("\nclick2call_http_requests_total{endpoint=\"call\",code=\"200\"} 2\n"));
  EXPECT_THAT(page(), HasSubstr("_duration_seconds_bucket{endpoint=\"call\",le=\"0.0005\"} 0\n"));
  EXPECT_THAT(page(), HasSubstr("_duration_seconds_bucket{endpoint=\"call\",le=\"0.001\"} 1\n"));
  EXPECT_THAT(page(), HasSubstr("_duration_seconds_bucket{endpoint=\"call\",le=\"+Inf\"} 2\n"));
  EXPECT_THAT(page(), HasSubstr("_duration_seconds_count{endpoint=\"call\"} 2\n"));
  EXPECT_THAT(page(), HasSubstr("_duration_seconds_sum{endpoint=\"call\"} 3.001\n"));
}

TEST_F(MetricsPage, NamesAnOutcomeAsTheLogDoes) {
  counted.of_worker(0).calls.outcomes[0].add();
  counted.of_worker(0).calls.outcomes[static_cast<std::size_t>(errc::not_sent)].add(2);
  counted.of_worker(0).calls.outcomes[static_cast<std::size_t>(errc::invalid_json)].add(3);
  EXPECT_THAT(page(), HasSubstr("\nclick2call_calls_total{outcome=\"placed\"} 1\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_calls_total{outcome=\"not_sent\"} 2\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_calls_total{outcome=\"other\"} 3\n"));
}

TEST_F(MetricsPage, LeavesOutWhatCouldNotBeSeen) {
  for (const char* name : {"click2call_ami_link_up", "click2call_calls_live ", "click2call_webhook", "process_"}) {
    EXPECT_THAT(page(), Not(HasSubstr(name)));
  }
}

TEST_F(MetricsPage, ShowsWhatWasSeen) {
  seen.exchange = observations::exchange_figures{.servers = {{"192.0.2.1", true, 0}, {"192.0.2.2", false, 7}},
                                                 .live_calls = 3,
                                                 .events = 4,
                                                 .sessions = 5,
                                                 .lost = 6,
                                                 .skipped = 8,
                                                 .sharing = observations::sharing_figures{true, 11, 12}};
  seen.limits = {{.name = "wrong_digests", .held = 13, .most = 14, .refused = 15, .forgotten = 16}};
  seen.hooks = webhook_counts{.delivered = 7, .retried = 8, .dropped = 9, .queued = 10};
  EXPECT_THAT(page(), HasSubstr("\nclick2call_ami_link_up{server=\"192.0.2.1\"} 1\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_ami_link_up{server=\"192.0.2.2\"} 0\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_ami_link_failed_attempts{server=\"192.0.2.2\"} 7\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_calls_live 3\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_ami_events_total 4\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_ami_sessions_total 5\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_ami_sessions_lost_total 6\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_ami_skipped_total 8\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_redis_up 1\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_calls_followed 11\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_calls_taken_over_total 12\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_throttle_entries{limit=\"wrong_digests\"} 13\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_throttle_entries_max{limit=\"wrong_digests\"} 14\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_throttle_refused_total{limit=\"wrong_digests\"} 15\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_throttle_forgotten_total{limit=\"wrong_digests\"} 16\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_webhook_waiting 10\n"));
  EXPECT_THAT(page(), HasSubstr("\nclick2call_webhook_dropped_total 9\n"));
}

TEST_F(MetricsPage, EscapesALabelThatIsNotOurs) {
  seen.exchange = observations::exchange_figures{.servers = {{"a\"b\\c\nd", true, 0}}};
  EXPECT_THAT(page(), HasSubstr(R"(click2call_ami_link_up{server="a\"b\\c\nd"} 1)"));
}

TEST(ProcessFigures, AreThoseOfThisProcess) {
  const auto figures = read_process_figures();
  ASSERT_TRUE(figures);
  EXPECT_GT(figures->resident_bytes, 1'000'000);
  EXPECT_GE(figures->virtual_bytes, figures->resident_bytes);
  EXPECT_GE(figures->threads, 1);
  EXPECT_GE(figures->open_fds, 1);
  EXPECT_GE(figures->max_fds, figures->open_fds);
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LE(figures->started, now + 2);
  EXPECT_GT(figures->started, now - 24 * 3600);
}

}  // namespace
}  // namespace c2c::metrics
