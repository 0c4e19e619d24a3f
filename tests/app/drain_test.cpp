// Two whole gateways: one drains, the other one goes on with its calls.
#define CAF_SUITE app.drain

#include "tests/app/server_fixture.hpp"
#include "tests/app/tone.hpp"
#include "tests/text.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include <caf/test/dsl.hpp>

#include "protocol/fleet_ticket.hpp"
#include "protocol/g711.hpp"

using namespace offhook;
using namespace offhook::app;
namespace fleet = offhook::protocol::fleet;
namespace steps = offhook::app::standins::steps;

namespace {

using standins::demo_caller_result;
using tests::has;
using tests::tone;

/// The gateway of `server_fixture` drains; this one is its heir.
struct fixture : tests::server_fixture {
  config heir_cfg;
  std::unique_ptr<server> heir;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t ready = 0; ///< callers who have had their first answer
  std::vector<demo_caller_result> results;
  std::atomic<int> orders = 0;

  fixture() {
    keys.fleet_key = "the key of the fleet";
    agent_options.agent.script.transcribe = [this] {
      return "order " + std::to_string(++orders);
    };
    // It knows what the session was told, and nothing else.
    agent_options.agent.script.answer = [](const standins::turn_info& turn) {
      auto text = "response " + std::to_string(turn.response_number)
                  + " to: " + turn.caller_text;
      standins::agent_reply reply;
      reply.outputs.push_back(standins::spoken_line{text, tone(600)});
      return reply;
    };
    twilio.speech_factor = 0;
  }

  ~fixture() {
    heir = nullptr;
    stop_servers();
  }

  /// Both of them.
  void start_both() {
    for (auto [key, value] :
         {std::pair{"http.port", "0"}, std::pair{"shards", "2"},
          std::pair{"twiml.greeting", ""},
          std::pair{"agents.default.vad.silence-duration", "300"}})
      heir_cfg.values().set(key, value, "test");
    agent = std::make_unique<standins::demo_agent_server>(agent_options, 1);
    agent->start();
    set("openai.url", agent->url());
    heir_cfg.values().set("openai.url", agent->url(), "test");
    keys.openai_api_key = "test key";
    put(cfg.content, "shards", std::int64_t{2});
    put(heir_cfg.content, "shards", std::int64_t{2});
    heir = std::make_unique<server>(heir_cfg, keys);
    heir->start();
    set("drain.redirect-url", heir_url(""));
    gateway = std::make_unique<server>(cfg, keys);
    gateway->start();
  }

  std::string heir_url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(heir->port()) + path;
  }

  net::http_client_response ask_heir(const std::string& path,
                                     const std::string& body = {}) {
    net::http_client_request what;
    what.url = heir_url(path);
    if (!body.empty()) {
      what.method = "POST";
      what.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
      what.body = body;
    }
    return request(std::move(what));
  }

  /// Places a call; `ready` counts up when its caller has been answered.
  void place(standins::script more) {
    steps::say order;
    order.name = "order";
    order.audio = tone(400);
    standins::demo_caller_options options;
    options.twilio = twilio;
    options.twilio.url = url(webhook);
    options.person.steps = {
      {steps::hear_end{}}, {order}, {steps::hear_end{}}, {steps::cue{"ready"}}};
    for (auto& x : more)
      options.person.steps.push_back(std::move(x));
    options.person.on_event = [this](const standins::timeline_event& event) {
      if (event.what != standins::timeline_event::kind::cue)
        return;
      std::lock_guard guard{mutex};
      ++ready;
      changed.notify_all();
    };
    loop.post([this, options = std::move(options)]() mutable {
      start_demo_call(loop, std::move(options), [this](demo_caller_result x) {
        std::lock_guard guard{mutex};
        results.push_back(std::move(x));
        changed.notify_all();
      });
    });
  }

  template <class Predicate>
  void wait_until(Predicate done) {
    std::unique_lock guard{mutex};
    CAF_REQUIRE(changed.wait_for(guard, std::chrono::seconds{60}, done));
  }

  void wait_for_drain() {
    gateway->wait_until_drained();
  }

  /// What a caller does who is redirected: the agent says something on the
  /// other stream.
  static standins::script goes_on() {
    return {{steps::await_close{}}, {steps::hear_end{}}, {steps::hang_up{}}};
  }

  fleet::ticket ticket(const std::string& origin) {
    return {origin,
            "CA0123456789abcdef0123456789abcdef",
            "0123456789abcdef",
            "default",
            1000,
            std::chrono::duration_cast<std::chrono::seconds>(
              std::chrono::system_clock::now().time_since_epoch())
                .count()
              + 60};
  }

  /// A webhook of the other instance's for a call with this ticket.
  net::http_client_response take(const std::string& text) {
    return ask_heir("/incoming-call?handover=" + text,
                    "CallSid=CA0123456789abcdef0123456789abcdef"
                    "&From=%2B1&To=%2B2&CallStatus=in-progress");
  }

  bool heir_counted(const std::string& line) {
    return has(ask_heir("/metrics").body, line + "\n");
  }
};

constexpr auto form = "CallSid=CA0123456789abcdef0123456789abcdef"
                      "&From=%2B15017122661&To=%2B15558675310"
                      "&CallStatus=ringing";

} // namespace

CAF_TEST_FIXTURE_SCOPE(drain_tests, fixture)

CAF_TEST(scenario_25_fifty_calls_go_on_in_another_instance) {
  // A sanitizer's machine is not up to fifty calls in the times of persons.
  constexpr std::size_t stay = tests::sanitized ? 8 : 40;
  constexpr std::size_t leave = tests::sanitized ? 2 : 10;
  const auto moving = ' ' + std::to_string(stay);
  const auto leaving = ' ' + std::to_string(leave);
  set("drain.deadline", "3s");
  start_both();
  for (std::size_t i = 0; i < stay + leave; ++i)
    place(i < stay ? goes_on()
                   : standins::script{{steps::pause{500}}, {steps::hang_up{}}});
  wait_until([this] { return ready == stay + leave; });
  gateway->drain();
  CAF_CHECK_EQUAL(get("/readyz").status, 503u);
  CAF_CHECK_EQUAL(get("/healthz").status, 200u);
  CAF_CHECK(has(post("/incoming-call", form).body,
                "<Response><Redirect method=\"POST\">"
                  + heir_url("/incoming-call?redirected=1")
                  + "</Redirect></Response>"));
  wait_for_drain();
  wait_until([this] { return results.size() == stay + leave; });
  std::size_t moved = 0;
  for (const auto& x : results) {
    CAF_CHECK_EQUAL(x.failure, "");
    CAF_CHECK_EQUAL(x.stats.violation_count, 0u);
    CAF_CHECK(x.ending == standins::call_ending::caller_hung_up);
    if (x.stats.streams < 2)
      continue;
    ++moved;
    // The model of the new session, whose first response this is, knows what
    // the caller said in the old one.
    auto said = ask_heir("/v1/calls/" + x.call_sid + "/transcript").body;
    CAF_CHECK(has(said, "response 1 to: order "));
    CAF_CHECK(has(said, "response 2 to: order ")); // In the old one.
  }
  CAF_CHECK_EQUAL(moved, stay);
  auto metrics = get("/metrics").body;
  CAF_CHECK(
    has(metrics, "offhook_handovers_total{result=\"given\"}" + moving + '\n'));
  CAF_CHECK(has(metrics, "offhook_calls_ended_total{outcome=\"handed_over\"}"
                           + moving + '\n'));
  CAF_CHECK(has(metrics, "offhook_calls_ended_total{outcome=\"completed\"}"
                           + leaving + '\n'));
  CAF_CHECK(has(metrics, "offhook_calls_refused_total{reason=\"draining\"} 1"));
  CAF_CHECK(heir_counted("offhook_handovers_total{result=\"taken\"}" + moving));
}

CAF_TEST(without a key the deadline ends calls with a sentence) {
  keys.fleet_key.clear();
  set("drain.deadline", "1s");
  start_both();
  place({{steps::await_close{}}});
  wait_until([this] { return ready == 1; });
  gateway->drain();
  wait_for_drain();
  gateway->stop();
  wait_until([this] { return results.size() == 1; });
  CAF_CHECK_EQUAL(results[0].failure, "");
  CAF_CHECK(results[0].ending == standins::call_ending::hung_up);
  CAF_REQUIRE_EQUAL(results[0].documents.size(), 2u);
  CAF_CHECK(has(results[0].documents[1].body, "<Say>"));
}

CAF_TEST(a drain over HTTP) {
  start_both();
  net::http_client_request what;
  what.method = "POST";
  what.url = url("/v1/drain");
  what.headers = {{"Origin", "https://evil.example.com"}};
  CAF_CHECK_EQUAL(request(what).status, 403u);
  // As if it came from elsewhere, and without the token.
  what.headers = {{"X-Forwarded-For", "192.0.2.1"}};
  CAF_CHECK_EQUAL(request(what).status, 401u);
  CAF_CHECK_EQUAL(get("/readyz").status, 200u);
  CAF_CHECK_EQUAL(post("/v1/drain", "").status, 202u);
  CAF_CHECK_EQUAL(get("/readyz").status, 503u);
  wait_for_drain();
}

CAF_TEST(tickets that are none) {
  start_both();
  auto forged = fleet::write_ticket("another key", ticket(url("")));
  auto expired = ticket(url(""));
  expired.expires_at = 1;
  auto other_call = ticket(url(""));
  other_call.call_sid = "CA1";
  std::size_t count = 0;
  for (const auto& text : {std::string{"nonsense"}, forged,
                           fleet::write_ticket(keys.fleet_key, expired),
                           fleet::write_ticket(keys.fleet_key, other_call)}) {
    // The caller is answered all the same.
    auto answer = take(text);
    CAF_CHECK_EQUAL(answer.status, 200u);
    CAF_CHECK(has(answer.body, "<Response><Connect action="));
    CAF_CHECK(heir_counted("offhook_handovers_total{result=\"refused\"} "
                           + std::to_string(++count)));
    net::http_client_request claim;
    claim.method = "POST";
    claim.url = url("/v1/handover");
    claim.body = text;
    CAF_CHECK_EQUAL(request(claim).status, count == 4 ? 404u : 403u);
  }
}

CAF_TEST(a conversation that cannot be fetched) {
  start_both();
  // Of a call that is not there, at an instance that is gone, and where what
  // was said would go over the Internet for all to read.
  std::size_t count = 0;
  for (const auto& origin : {url(""), std::string{"http://127.0.0.1:1"},
                             std::string{"http://a.example.com"}}) {
    auto answer = take(fleet::write_ticket(keys.fleet_key, ticket(origin)));
    CAF_CHECK_EQUAL(answer.status, 200u);
    CAF_CHECK(has(answer.body, "<Response><Connect action="));
    CAF_CHECK(heir_counted("offhook_handovers_total{result=\"lost\"} "
                           + std::to_string(++count)));
  }
}

CAF_TEST(a full instance refuses with a document) {
  set("admission.max-calls", "1");
  start_both();
  CAF_CHECK(has(post("/incoming-call", form).body, "<Connect"));
  auto again = post("/incoming-call", form);
  CAF_CHECK(has(again.body, "<Connect"));
  auto other = post("/incoming-call", "CallSid=CA1&From=%2B1&To=%2B2"
                                      "&CallStatus=ringing");
  CAF_CHECK_EQUAL(other.status, 200u);
  CAF_CHECK(has(other.body, "<Response><Reject reason=\"busy\"/></Response>"));
  CAF_CHECK_EQUAL(get("/readyz").status, 200u); // It drains nothing.
}

CAF_TEST_FIXTURE_SCOPE_END()
