#define CAF_SUITE app.demo_agent_server

#include "app/standins/demo_agent_server.hpp"

#include "caf/test/dsl.hpp"

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>

#include "net/ws_client.hpp"
#include "tests/app/demo_agent_client.hpp"

using namespace offhook::app::standins;
using namespace std::chrono_literals;
namespace net = offhook::net;

namespace {

/// How long something is waited for before it is given up for lost.
constexpr auto patience = 30s;

/// What one socket told, for the test's thread.
struct inbox {
  void put(std::string text) {
    std::lock_guard guard{mutex};
    texts.push_back(std::move(text));
    changed.notify_all();
  }

  void end(net::ws_closed why) {
    std::lock_guard guard{mutex};
    closed = std::move(why);
    changed.notify_all();
  }

  /// Waits for an event of that type and drops those before it.
  /// @returns the event, or null where the socket closed first
  std::shared_ptr<rapidjson::Document> wait_for(std::string_view type) {
    auto until = std::chrono::steady_clock::now() + patience;
    std::unique_lock guard{mutex};
    for (;;) {
      while (!texts.empty()) {
        auto doc = std::make_shared<rapidjson::Document>();
        doc->Parse(texts.front().data(), texts.front().size());
        texts.pop_front();
        if (json::find_text(*doc, "type") == type)
          return doc;
      }
      if (closed || changed.wait_until(guard, until) == std::cv_status::timeout)
        return nullptr;
    }
  }

  std::optional<net::ws_closed> wait_closed() {
    std::unique_lock guard{mutex};
    changed.wait_for(guard, patience, [this] { return closed.has_value(); });
    return closed;
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> texts;
  std::optional<net::ws_closed> closed;
};

struct connection {
  net::web_socket_ptr socket;
  std::shared_ptr<inbox> in = std::make_shared<inbox>();

  void send(std::string text) {
    socket->loop().post([s = socket, text = std::move(text)] {
      s->send(text, net::frame_class::control);
    });
  }
};

using headers = std::vector<std::pair<std::string, std::string>>;

const headers with_key{{"Authorization", "Bearer test-key"}};

struct fixture {
  fixture() {
    options.agent = plain_options();
    options.agent.timing.first_delta_delay = 5ms;
  }

  ~fixture() {
    // The server ends its sessions first, then nothing is left to dial.
    server.reset();
    client_loop.stop();
    client_thread.join();
  }

  void start() {
    server.emplace(options, 2);
    server->start();
  }

  net::connect_result dial(std::string_view path_and_query,
                           const headers& extra = with_key) {
    std::promise<net::connect_result> result;
    std::shared_ptr<net::ws_dial> dialling;
    net::ws_client_options to;
    to.url = "ws://127.0.0.1:" + std::to_string(server->port())
             + std::string{path_and_query};
    to.headers = extra;
    client_loop.post([&] {
      dialling = net::ws_connect(client_loop, to, [&](net::connect_result x) {
        result.set_value(std::move(x));
      });
    });
    return result.get_future().get();
  }

  /// HTTP status of a refusal, and 101 for none.
  unsigned status(std::string_view path_and_query,
                  const headers& extra = with_key) {
    auto result = dial(path_and_query, extra);
    if (auto* socket = std::get_if<net::web_socket_ptr>(&result)) {
      client_loop.post([s = *socket] { s->abort(); });
      return 101;
    }
    last_error = std::get<net::connect_error>(result).body;
    return std::get<net::connect_error>(result).http_status;
  }

  connection connect(const headers& extra = with_key) {
    auto dialled = dial("/v1/realtime?model=gpt-realtime-2.1", extra);
    auto* socket = std::get_if<net::web_socket_ptr>(&dialled);
    if (!socket)
      CAF_FAIL("no connection");
    connection result;
    result.socket = *socket;
    net::ws_events events;
    events.on_text = [in = result.in](std::string_view text) {
      in->put(std::string{text});
    };
    events.on_closed = [in = result.in](const net::ws_closed& why) {
      in->end(why);
    };
    std::promise<void> started;
    client_loop.post([&] {
      result.socket->start(std::move(events));
      started.set_value();
    });
    started.get_future().wait();
    return result;
  }

  demo_agent_server_options options;
  std::optional<demo_agent_server> server;
  std::string last_error;
  net::shard_loop client_loop{0};
  std::thread client_thread{[this] { client_loop.run(); }};
};

constexpr std::string_view pcmu_update
  = R"({"type":"session.update","session":{"type":"realtime","audio":{)"
    R"("input":{"format":{"type":"audio/pcmu"}},"output":{"format":)"
    R"({"type":"audio/pcmu"}}}}})";

} // namespace

CAF_TEST_FIXTURE_SCOPE(demo_agent_server_tests, fixture)

CAF_TEST(a session runs over a real WebSocket) {
  start();
  auto client = connect();
  CAF_REQUIRE(client.in->wait_for("session.created"));
  client.send(std::string{pcmu_update});
  auto updated = client.in->wait_for("session.updated");
  CAF_REQUIRE(updated);
  CAF_CHECK_EQUAL(agent_client::get_in(*updated, "session.model"),
                  "gpt-realtime-2.1");
  client.send(R"({"type":"response.create"})");
  auto done = client.in->wait_for("response.done");
  CAF_REQUIRE(done);
  CAF_CHECK_EQUAL(agent_client::get_in(*done, "response.status"), "completed");
  CAF_CHECK_EQUAL(server->open_sessions(), 1u);
  server->stop();
  CAF_CHECK_EQUAL(client.in->wait_closed()->code, 1001u);
  CAF_CHECK_EQUAL(server->open_sessions(), 0u);
  CAF_CHECK_EQUAL(server->stats().sessions, 1u);
  CAF_CHECK_EQUAL(server->stats().output_bytes, 8000u);
}

CAF_TEST(only a session that says who and what is let in) {
  start();
  CAF_CHECK_EQUAL(status("/v1/realtime?model=x"), 101u);
  CAF_CHECK_EQUAL(status("/v1/realtime?model=x", {}), 401u);
  CAF_CHECK(last_error.find("invalid_api_key") != std::string::npos);
  CAF_CHECK_EQUAL(
    status("/v1/realtime?model=x", {{"Authorization", "Bearer "}}), 401u);
  CAF_CHECK_EQUAL(
    status("/v1/realtime?model=x", {{"Authorization", "Basic eDp5"}}), 401u);
  CAF_CHECK_EQUAL(status("/v1/realtime"), 400u);
  CAF_CHECK_EQUAL(status("/v1/realtime?model="), 400u);
  CAF_CHECK_EQUAL(status("/v1/realtime?call_id=rtc_1"), 400u);
  CAF_CHECK_EQUAL(status("/v1/realtime?model=x&call_id=rtc_1"), 400u);
  CAF_CHECK_EQUAL(status("/v1/other?model=x"), 404u);
}

CAF_TEST(the key can be waived) {
  options.require_authorization = false;
  start();
  CAF_CHECK_EQUAL(status("/v1/realtime?model=x", {}), 101u);
}

CAF_TEST(the beta header ends the session) {
  start();
  auto extra = with_key;
  extra.emplace_back("OpenAI-Beta", "realtime=v1");
  auto client = connect(extra);
  auto error = client.in->wait_for("error");
  CAF_REQUIRE(error);
  CAF_CHECK_EQUAL(agent_client::get_in(*error, "error.code"),
                  "beta_api_shape_disabled");
  auto closed = client.in->wait_closed();
  CAF_REQUIRE(closed);
  CAF_CHECK_EQUAL(closed->code, 4000u);
  CAF_CHECK_EQUAL(closed->reason,
                  "invalid_request_error.beta_api_shape_disabled");
}

CAF_TEST(upgrades are refused on demand and no longer) {
  options.agent.faults.refuse_upgrade = 429;
  start();
  CAF_CHECK_EQUAL(status("/v1/realtime?model=x"), 429u);
  server->set_faults({});
  CAF_CHECK_EQUAL(status("/v1/realtime?model=x"), 101u);
}

CAF_TEST(open sessions are reset and hear of faults) {
  start();
  auto first = connect();
  auto second = connect();
  CAF_REQUIRE(first.in->wait_for("session.created"));
  CAF_REQUIRE(second.in->wait_for("session.created"));
  server->send_error({"server_error", "overloaded", "Too busy."});
  CAF_CHECK(first.in->wait_for("error"));
  CAF_CHECK(second.in->wait_for("error"));
  server->reset_sessions();
  CAF_CHECK_EQUAL(first.in->wait_closed()->code, 1006u);
  CAF_CHECK_EQUAL(second.in->wait_closed()->code, 1006u);
  auto third = connect();
  CAF_REQUIRE(third.in->wait_for("session.created"));
  demo_agent_faults faults;
  faults.reset_after = 10ms;
  server->set_faults(faults);
  CAF_CHECK_EQUAL(third.in->wait_closed()->code, 1006u);
}

CAF_TEST(many sessions count at once) {
  options.agent.counter_mode = true;
  start();
  std::vector<connection> clients;
  for (auto i = 0; i < 40; ++i)
    clients.push_back(connect());
  std::vector<std::byte> bytes;
  for (auto i = 0; i < 1600; ++i)
    bytes.push_back(static_cast<std::byte>(i % 251));
  auto all = std::span<const std::byte>{bytes};
  for (auto& client : clients) {
    client.send(std::string{pcmu_update});
    CAF_REQUIRE(client.in->wait_for("session.updated"));
    for (std::size_t at = 0; at < bytes.size(); at += 160)
      client.send(R"({"type":"input_audio_buffer.append","audio":")"
                  + offhook::protocol::base64::encode(all.subspan(at, 160))
                  + "\"}");
  }
  for (auto& client : clients)
    for (auto i = 0; i < 10; ++i)
      CAF_REQUIRE(client.in->wait_for("response.output_audio.delta"));
  server->stop();
  auto stats = server->stats();
  CAF_CHECK_EQUAL(stats.sessions, 40u);
  CAF_CHECK_EQUAL(stats.appends, 400u);
  CAF_CHECK_EQUAL(stats.output_bytes, 64000u);
  CAF_CHECK_EQUAL(stats.counter_mismatches, 0u);
}

CAF_TEST(a server without sessions stops and so does one twice) {
  start();
  server->stop();
  server->stop();
  CAF_CHECK_EQUAL(server->stats().sessions, 0u);
}

CAF_TEST_FIXTURE_SCOPE_END()
