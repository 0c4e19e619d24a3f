#pragma once

#include "app/standins/demo_caller.hpp"

#include "protocol/base64.hpp"
#include "tests/protocol/corpus.hpp"

#include "caf/test/dsl.hpp"

#include <memory>
#include <string>
#include <vector>

/// One stream of one call on virtual time, played by hand.
namespace offhook::tests {

using namespace app::standins;
using std::chrono::milliseconds;

/// A recording of noise: voice from its first sample to its last.
inline std::vector<std::byte> noise(std::uint64_t ms) {
  // The codes of loud samples, positive and negative in turn.
  std::vector<std::byte> result(ms * 8);
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = std::byte(i / 4 % 2 == 0 ? 0x90 : 0x10);
  return result;
}

inline std::vector<std::byte> silence(std::uint64_t ms) {
  return std::vector<std::byte>(ms * 8, std::byte{0xFF});
}

inline step say(const std::string& name, std::uint64_t ms) {
  return {steps::say{name, "", noise(ms)}};
}

struct demo_caller_fixture {
  const std::string sid = "MZ89abcdef0123456789abcdef01234567";
  const time_point began{std::chrono::hours{1}};
  time_point now = began;
  std::shared_ptr<phone_call> call;
  std::unique_ptr<demo_caller> line;

  // What the server has been sent, and what became of the socket.
  std::vector<std::string> sent;
  std::vector<time_point> sent_at;
  int closes = 0;
  std::uint16_t close_code = 0;
  int resets = 0;

  void dial(script steps, playout::options queue = {}) {
    call = std::make_shared<phone_call>(
      phone_call::options{std::move(steps), queue, 5'000, true, {}}, now);
    connect();
  }

  void connect() {
    stream_setup setup{sid,
                       "CA00112233445566778899aabbccddeeff",
                       "AC0123456789abcdef0123456789abcdef",
                       {{"token", "a\"b"}, {"attempt", "1"}}};
    line = std::make_unique<demo_caller>(setup, call);
    perform(line->on_open(now));
  }

  void perform(effects what) {
    for (auto& x : what) {
      if (auto* text = std::get_if<send_text>(&x)) {
        sent.push_back(text->text);
        sent_at.push_back(now);
      } else if (auto* close = std::get_if<close_socket>(&x)) {
        ++closes;
        close_code = close->code;
      } else {
        ++resets;
      }
    }
  }

  /// Lets time pass, event by event.
  void go(std::uint64_t ms) {
    const auto end = now + milliseconds{ms};
    for (auto next = line->next_time(); next && *next <= end;
         next = line->next_time()) {
      now = *next;
      perform(line->on_time(now));
    }
    now = end;
    perform(line->on_time(now));
  }

  void receive(const std::string& text) {
    perform(line->on_text(text, now));
  }

  void audio(const std::vector<std::byte>& bytes) {
    receive(R"({"event":"media","streamSid":")" + sid
            + R"(","media":{"payload":")" + protocol::base64::encode(bytes)
            + R"("}})");
  }

  void mark(const std::string& name) {
    receive(R"({"event":"mark","streamSid":")" + sid + R"(","mark":{"name":")"
            + name + R"("}})");
  }

  void clear() {
    receive(R"({"event":"clear","streamSid":")" + sid + R"("})");
  }

  /// What was sent of one event, in order.
  std::vector<json_document> sent_events(const std::string& event) const {
    std::vector<json_document> result;
    for (const auto& text : sent) {
      auto doc = parse_json(text);
      if (string_at(doc, "event") == event)
        result.push_back(std::move(doc));
    }
    return result;
  }

  /// When the mark came back, in ms since the call began; -1 if it did not.
  std::int64_t returned_at(const std::string& name) const {
    for (std::size_t i = 0; i < sent.size(); ++i) {
      auto doc = parse_json(sent[i]);
      if (string_at(doc, "mark", "name") == name)
        return to_ms(began, sent_at[i]);
    }
    return -1;
  }

  std::vector<std::string> timeline(timeline_event::kind what) const {
    std::vector<std::string> result;
    for (const auto& x : call->timeline())
      if (x.what == what)
        result.push_back(std::to_string(x.at_ms) + ' ' + x.text);
    return result;
  }
};

} // namespace offhook::tests
