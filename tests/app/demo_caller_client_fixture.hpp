#pragma once

#include "app/standins/demo_caller_client.hpp"

#include "net/asio_types.hpp"
#include "net/listener.hpp"
#include "protocol/base64.hpp"
#include "protocol/form.hpp"
#include "tests/protocol/corpus.hpp"

#include "caf/test/dsl.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

/// A call between the demo caller and a server made here, both on one loop and
/// over real sockets on 127.0.0.1. The test's own thread runs the loop.
namespace offhook::tests {

using namespace app::standins;
using std::chrono::milliseconds;

/// The server's end of one stream.
struct server_stream {
  net::web_socket_ptr socket;
  std::string sid;
  std::vector<std::string> events; ///< of all frames but media
  std::vector<std::byte> heard;
  std::size_t marks = 0;
  std::optional<net::ws_closed> closed;

  void send_audio(std::span<const std::byte> audio) {
    socket->send(R"({"event":"media","streamSid":")" + sid
                   + R"(","media":{"payload":")"
                   + protocol::base64::encode(audio) + R"("}})",
                 net::frame_class::media);
  }

  void send_mark(const std::string& name) {
    socket->send(R"({"event":"mark","streamSid":")" + sid
                   + R"(","mark":{"name":")" + name + R"("}})",
                 net::frame_class::control);
  }
};

struct demo_caller_client_fixture {
  struct seen {
    net::http_request request;
    protocol::form::fields fields;
  };

  net::shard_loop loop{0};
  net::loop_timer guard{loop.io()};
  std::unique_ptr<net::listener> server;
  demo_caller_options options;
  std::optional<demo_caller_result> result;
  std::shared_ptr<demo_caller_client> client;

  // What the server answers, by path; a path that is not there stays without an
  // answer, and an empty document is a 404.
  std::map<std::string, std::string> documents;
  std::vector<seen> requests;
  std::vector<net::http_reply_ptr> unanswered;
  unsigned refuse_upgrades_with = 0;
  std::vector<net::http_request> upgrades;
  std::vector<std::unique_ptr<server_stream>> streams;

  // Called for each frame of a stream, with its event.
  std::function<void(server_stream&, const std::string& event,
                     const json_value& frame)>
    on_frame = [](auto&, auto&, auto&) {};

  demo_caller_client_fixture() {
    net::http_handler handler;
    handler.on_request = [this](net::http_request x, net::http_reply_ptr way) {
      answer(std::move(x), std::move(way));
    };
    handler.on_upgrade = [this](net::http_request x, net::http_reply_ptr way) {
      upgrades.push_back(std::move(x));
      if (refuse_upgrades_with != 0)
        return way->send({refuse_upgrades_with, "text/plain", "no", {}});
      way->accept({}, [this](net::web_socket_ptr socket) {
        if (socket)
          accept(std::move(socket));
      });
    };
    server
      = std::make_unique<net::listener>(std::vector<net::shard_loop*>{&loop},
                                        net::listener_options{},
                                        std::move(handler));
    server->start();
    loop.on_exception([](std::exception_ptr) { CAF_FAIL("an exception"); });
    options.twilio.url = url("/incoming-call");
    options.twilio.speech_factor = 0;
    options.call_deadline_ms = 15'000;
    documents["/incoming-call"] = connect("/media", "/stream-ended");
    documents["/stream-ended"] = "<Hangup/>";
  }

  ~demo_caller_client_fixture() {
    streams.clear();
    unanswered.clear();
    server->stop([this] { loop.stop(); });
    run();
  }

  std::string url(const std::string& path,
                  const std::string& scheme = "http") const {
    return scheme + "://127.0.0.1:" + std::to_string(server->port()) + path;
  }

  std::string connect(const std::string& path, const std::string& action) {
    return "<Connect action=\"" + url(action) + "\"><Stream url=\""
           + url(path, "ws")
           + "\"><Parameter name=\"token\" value=\"t\"/></Stream></Connect>";
  }

  /// Runs the loop until somebody stops it, or the guard's patience ends.
  void run() {
    bool late = false;
    guard.expires_after(std::chrono::seconds{20});
    guard.async_wait([&](net::error_code ec) {
      if (ec)
        return;
      late = true;
      loop.stop();
    });
    loop.run();
    guard.cancel();
    CAF_CHECK(!late);
  }

  /// One call, from its beginning to the result.
  void call(script steps) {
    options.person.steps = std::move(steps);
    loop.post([this] {
      client = start_demo_call(loop, options, [this](demo_caller_result x) {
        result = std::move(x);
        loop.stop();
      });
    });
    run();
    CAF_REQUIRE(result);
  }

  void answer(net::http_request x, net::http_reply_ptr way) {
    auto fields
      = protocol::form::parse(x.body).value_or(protocol::form::fields{});
    auto i = documents.find(x.path);
    requests.push_back({std::move(x), std::move(fields)});
    if (i == documents.end())
      return unanswered.push_back(std::move(way));
    if (i->second.empty())
      return way->send({404, "text/plain", "", {}});
    way->send({200, "text/xml", "<Response>" + i->second + "</Response>", {}});
  }

  void accept(net::web_socket_ptr socket) {
    auto& stream = *streams.emplace_back(std::make_unique<server_stream>());
    stream.socket = std::move(socket);
    net::ws_events events;
    events.on_text = [this, &stream](std::string_view text) {
      auto frame = parse_json(text);
      auto event = string_at(frame, "event");
      if (event == "media") {
        auto bytes
          = protocol::base64::decode(string_at(frame, "media", "payload"));
        stream.heard.insert(stream.heard.end(), bytes->begin(), bytes->end());
      } else {
        stream.events.push_back(event);
      }
      if (event == "start")
        stream.sid = string_at(frame, "streamSid");
      if (event == "mark")
        ++stream.marks;
      on_frame(stream, event, frame);
    };
    events.on_closed = [&stream](const net::ws_closed& x) {
      stream.closed = x;
    };
    stream.socket->start(std::move(events));
  }

  const seen* request_for(const std::string& path) const {
    for (const auto& x : requests)
      if (x.request.path == path)
        return &x;
    return nullptr;
  }
};

} // namespace offhook::tests
