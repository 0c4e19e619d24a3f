#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/standins/demo_agent.hpp"
#include "app/standins/demo_agent_json.hpp"
#include "protocol/base64.hpp"
#include "protocol/g711.hpp"

namespace offhook::app::standins {

/// A client of the demo agent on virtual time: it keeps every event that came,
/// with the time at which it came.
class agent_client {
public:
  using ms = std::chrono::milliseconds;

  struct received {
    ms at;
    std::string type; ///< empty: no event
    std::string text;
    std::shared_ptr<rapidjson::Document> json;
  };

  explicit agent_client(demo_agent_options options = {},
                        demo_agent_handshake handshake = {})
    : agent(std::move(options), std::move(handshake)) {
    take(agent.on_open(now_));
  }

  /// Sends an event given as JSON text.
  void send(std::string_view json) {
    take(agent.on_text(json, now_));
  }

  /// The recommended session of a telephone call.
  /// @param extra members of `turn_detection`, with a comma in front
  void configure(std::string_view extra = "") {
    send(
      std::string{R"({"type":"session.update","event_id":"cl_1","session":{)"
                  R"("type":"realtime","audio":{"input":{"format":{)"
                  R"("type":"audio/pcmu"},"transcription":{"model":)"
                  R"("gpt-transcribe"},"turn_detection":{"type":"server_vad",)"
                  R"("threshold":0.5,"prefix_padding_ms":300,)"
                  R"("silence_duration_ms":500)"}
      + std::string{extra}
      + R"(}},"output":{"format":{"type":"audio/pcmu"},"voice":"marin"}}}})");
  }

  /// Lets time pass, firing what is due at its time.
  void wait(ms time) {
    auto until = now_ + time;
    for (auto due = agent.next_time(); due && *due <= until;
         due = agent.next_time()) {
      now_ = std::max(now_, *due);
      take(agent.on_time(now_));
    }
    now_ = until;
  }

  void append(std::span<const std::byte> bytes) {
    send(R"({"type":"input_audio_buffer.append","audio":")"
         + protocol::base64::encode(bytes) + "\"}");
  }

  /// A loud tone in frames of 20 ms, while time passes.
  void speak(ms time) {
    for (auto t = ms{0}; t < time; t += ms{20}) {
      std::vector<std::byte> frame;
      for (auto i = 0; i < 160; ++i)
        frame.push_back(protocol::g711::encode(static_cast<std::int16_t>(
          8000 * std::sin(2 * std::numbers::pi * 300 * i / 8000))));
      append(frame);
      wait(ms{20});
    }
  }

  void be_quiet(ms time) {
    std::vector<std::byte> frame(160, protocol::g711::silence);
    for (auto t = ms{0}; t < time; t += ms{20}) {
      append(frame);
      wait(ms{20});
    }
  }

  std::vector<std::string> types() const {
    std::vector<std::string> result;
    for (auto& x : events)
      result.push_back(x.type);
    return result;
  }

  std::size_t count(std::string_view type) const {
    std::size_t result = 0;
    for (auto& x : events)
      result += x.type == type ? 1 : 0;
    return result;
  }

  /// JSON text of a member of the newest event of that type, by a path such as
  /// `response.output.0.id`; empty where there is none.
  std::string get(std::string_view type, std::string_view path) const {
    for (auto i = events.rbegin(); i != events.rend(); ++i)
      if (i->type == type)
        return get_in(*i->json, path);
    return {};
  }

  static std::string get_in(const json::value& x, std::string_view path) {
    auto* here = &x;
    while (!path.empty()) {
      auto dot = path.find('.');
      auto name = path.substr(0, dot);
      path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
      if (here->IsArray()) {
        auto index
          = static_cast<rapidjson::SizeType>(std::stoul(std::string{name}));
        if (index >= here->Size())
          return {};
        here = &(*here)[index];
      } else {
        here = json::find(*here, name);
      }
      if (!here)
        return {};
    }
    return here->IsString() ? std::string{json::view(*here)}
                            : json::to_text(*here);
  }

  /// Code of the newest `error` event, and forgets it.
  std::string last_error() {
    auto result = get("error", "error.code");
    std::erase_if(events, [](auto& x) { return x.type == "error"; });
    return result;
  }

  /// All audio of the output so far, as bytes.
  std::vector<std::byte> heard() const {
    std::vector<std::byte> result;
    for (auto& x : events)
      if (x.type == "response.output_audio.delta") {
        auto bytes
          = protocol::base64::decode(json::find_text(*x.json, "delta"));
        result.insert(result.end(), bytes->begin(), bytes->end());
      }
    return result;
  }

  ms time_of(std::string_view type) const {
    for (auto& x : events)
      if (x.type == type)
        return x.at;
    return ms{-1};
  }

  void take(const effects& xs) {
    for (auto& x : xs) {
      if (auto* text = std::get_if<send_text>(&x)) {
        received r;
        r.at = std::chrono::duration_cast<ms>(now_ - start_);
        r.text = text->text;
        r.json = std::make_shared<rapidjson::Document>();
        r.json->Parse(r.text.data(), r.text.size());
        if (!r.json->HasParseError())
          r.type = json::find_text(*r.json, "type");
        events.push_back(std::move(r));
      } else if (auto* close = std::get_if<close_socket>(&x)) {
        closed = *close;
      } else {
        was_reset = true;
      }
    }
  }

  time_point now() const {
    return now_;
  }

  demo_agent agent;
  std::vector<received> events;
  std::optional<close_socket> closed;
  bool was_reset = false;

private:
  time_point start_{std::chrono::hours{1}};
  time_point now_ = start_;
};

/// A reply of one line with this much audio, all of it one code.
inline agent_reply line_of(std::string text, std::size_t audio_ms,
                           std::byte code = std::byte{0x20}) {
  spoken_line line;
  line.text = std::move(text);
  line.audio.assign(protocol::g711::to_bytes(audio_ms), code);
  return {{std::move(line)}, {}, {}};
}

/// A script whose lines are easy to count: greeting 1 s, replies 4 s and 2 s.
inline demo_agent_options plain_options() {
  demo_agent_options result;
  result.script.greeting = line_of("Welcome to Acme.", 1000);
  result.script.replies
    = {line_of("We are open Monday to Friday from eight to six.", 4000),
       line_of("Yes, on Saturdays too.", 2000)};
  result.script.cycle = false;
  return result;
}

} // namespace offhook::app::standins
