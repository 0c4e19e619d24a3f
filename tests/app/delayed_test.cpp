#define CAF_SUITE app.delayed

#include "app/standins/delayed.hpp"

#include "caf/test/dsl.hpp"

#include <string>
#include <vector>

using namespace offhook::app::standins;
using std::chrono::milliseconds;

namespace {

/// Answers each text at once, and ticks every 100 ms.
struct echo : machine {
  time_point next;
  std::vector<std::string> log;

  explicit echo(time_point began) : next(began + milliseconds{100}) {
  }

  effects on_open(time_point) override {
    return {send_text{"hello"}};
  }

  effects on_text(std::string_view text, time_point) override {
    log.emplace_back(text);
    return {send_text{"re: " + std::string{text}}};
  }

  void on_closed(std::uint16_t, time_point) override {
    log.emplace_back("closed");
  }

  effects on_time(time_point now) override {
    effects out;
    for (; next <= now; next += milliseconds{100})
      out.emplace_back(send_text{"tick"});
    return out;
  }

  std::optional<time_point> next_time() const override {
    return next;
  }
};

struct fixture {
  const time_point began{std::chrono::hours{1}};
  echo inner{began};
  std::vector<std::string> received;

  void take(const effects& what, std::int64_t ms) {
    for (const auto& x : what)
      received.push_back(std::to_string(ms) + ' '
                         + std::get<send_text>(x).text);
  }

  time_point at(std::int64_t ms) const {
    return began + milliseconds{ms};
  }

  void go(delayed& x, std::int64_t to_ms) {
    while (x.next_time() && *x.next_time() <= at(to_ms)) {
      auto next = *x.next_time();
      take(x.on_time(next),
           std::chrono::duration_cast<milliseconds>(next - began).count());
    }
  }
};

using strings = std::vector<std::string>;

} // namespace

CAF_TEST_FIXTURE_SCOPE(delayed_tests, fixture)

CAF_TEST(each way has its latency) {
  delayed line{inner, {.to_peer_ms = 30, .from_peer_ms = 50}};
  take(line.on_open(at(0)), 0);
  take(line.on_text("a", at(10)), 10);
  CAF_CHECK(received.empty());
  go(line, 150);
  CAF_CHECK_EQUAL(received, (strings{"30 hello", "90 re: a", "130 tick"}));
}

CAF_TEST(without latency nothing waits) {
  delayed line{inner, {}};
  take(line.on_open(at(0)), 0);
  take(line.on_text("a", at(10)), 10);
  CAF_CHECK_EQUAL(received, (strings{"0 hello", "10 re: a"}));
}

CAF_TEST(jitter delays and never reorders) {
  delayed line{inner, {.from_peer_ms = 5, .jitter_ms = 40}};
  for (int i = 0; i < 50; ++i) {
    go(line, i);
    take(line.on_text(std::to_string(i), at(i)), i);
  }
  go(line, 200);
  CAF_REQUIRE_EQUAL(inner.log.size(), 50u);
  for (int i = 0; i < 50; ++i)
    CAF_CHECK_EQUAL(inner.log[static_cast<std::size_t>(i)], std::to_string(i));
}

CAF_TEST(what is under way arrives before the close) {
  delayed line{inner, {.from_peer_ms = 50}};
  line.on_text("a", at(0));
  line.on_closed(1000, at(10));
  CAF_CHECK_EQUAL(inner.log, (strings{"a", "closed"}));
}

CAF_TEST_FIXTURE_SCOPE_END()
