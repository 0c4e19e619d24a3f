#define CAF_SUITE net.resolver

#include "net/resolver.hpp"

#include "caf/test/dsl.hpp"

#include <algorithm>

#include "harness.hpp"
#include "name_server.hpp"

using namespace offhook::net;
using namespace offhook::net::test;

namespace {

struct fixture {
  name_server names;
  running_loops loops{1};

  fixture() {
    CAF_REQUIRE(loops.on(0, [&] {
      return resolver::of(loops[0].io()).use_servers(names.address());
    }));
  }

  using answers = std::shared_ptr<channel<std::string>>;

  answers ask(const std::string& host, int times = 1) {
    auto result = std::make_shared<channel<std::string>>();
    loops.on(0, [&] {
      for (int i = 0; i < times; ++i)
        resolver::of(loops[0].io())
          .resolve(host, [result](const resolver::addresses& found,
                                  const std::string& error) {
            std::vector<std::string> texts;
            for (auto& x : found)
              texts.push_back(x.to_string());
            std::sort(texts.begin(), texts.end());
            auto text = error.empty() ? std::string{} : "error: " + error;
            for (auto& x : texts)
              text += (text.empty() ? "" : " ") + x;
            result->put(text);
          });
    });
    return result;
  }

  std::string resolved(const std::string& host) {
    return ask(host)->get().value_or("nothing");
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(resolver_tests, fixture)

CAF_TEST(addresses and localhost are no questions) {
  CAF_CHECK_EQUAL(resolved("127.0.0.2"), "127.0.0.2");
  CAF_CHECK_EQUAL(resolved("::1"), "::1");
  CAF_CHECK_EQUAL(resolved("localhost"), "127.0.0.1 ::1");
  CAF_CHECK_EQUAL(names.questions(), 0);
}

CAF_TEST(a name is asked for once in its time to live) {
  names.set("model.test", {"127.0.0.1", "127.0.0.3"}, 600);
  CAF_CHECK_EQUAL(resolved("model.test"), "127.0.0.1 127.0.0.3");
  names.set("model.test", {"127.0.0.9"}, 600);
  CAF_CHECK_EQUAL(resolved("model.test"), "127.0.0.1 127.0.0.3");
  CAF_CHECK_EQUAL(names.questions(), 1);
}

CAF_TEST(many who ask at once cause one question) {
  names.set("model.test", {"127.0.0.1"}, 600);
  auto answers = ask("model.test", 20);
  for (int i = 0; i < 20; ++i)
    CAF_CHECK_EQUAL(answers->get().value_or(""), "127.0.0.1");
  CAF_CHECK_EQUAL(names.questions(), 1);
}

CAF_TEST(a name that does not exist is an error and is asked for again) {
  CAF_CHECK_EQUAL(resolved("none.test"), "error: Domain name not found");
  names.set("none.test", {"127.0.0.1"}, 600);
  CAF_CHECK_EQUAL(resolved("none.test"), "127.0.0.1");
}

CAF_TEST(a dial goes through the resolver) {
  names.set("model.test", {"127.0.0.1"}, 600);
  test_server server{loops};
  auto port = std::to_string(server.port());
  CAF_CHECK_EQUAL(
    summary(dial(loops, 0, {.url = "ws://model.test:" + port + "/"})), "open");
  CAF_CHECK_EQUAL(summary(dial(loops, 0, {.url = "ws://none.test/"})),
                  "resolve");
  // 127.0.0.2 has no listener: the next address is tried.
  names.set("two.test", {"127.0.0.2", "127.0.0.1"}, 600);
  CAF_CHECK_EQUAL(
    summary(dial(loops, 0, {.url = "ws://two.test:" + port + "/"})), "open");
}

CAF_TEST(a network that comes back is asked anew) {
  names.set("model.test", {"127.0.0.1"}, 600);
  names.fall_silent();
  CAF_CHECK_EQUAL(resolved("model.test"),
                  "error: Timeout while contacting DNS servers");
  names.speak_again();
  CAF_CHECK_EQUAL(resolved("model.test"), "127.0.0.1");
}

CAF_TEST(a server that is silent costs the dial its time and can be cancelled) {
  names.fall_silent();
  ws_limits limits;
  limits.handshake_timeout_ms = 50;
  auto result = dial(loops, 0, {.url = "ws://model.test/", .limits = limits});
  CAF_CHECK_EQUAL(summary(result), "timeout");
  channel<int> called;
  loops.on(0, [&] {
    auto dial = ws_connect(loops[0], {.url = "ws://model.test/"},
                           [&](connect_result) { called.put(1); });
    loops[0].post([dial] { dial->cancel(); });
  });
  loops.on(0, [] {});
  // The loop ends with the question under way.
  auto pending = ask("other.test");
  loops.destroy();
  CAF_CHECK_EQUAL(pending->size(), 0u);
  CAF_CHECK_EQUAL(pending.use_count(), 1);
  CAF_CHECK_EQUAL(called.size(), 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
