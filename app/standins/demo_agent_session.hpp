#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/standins/demo_agent_audio.hpp"
#include "app/standins/demo_agent_json.hpp"
#include "app/standins/demo_agent_schema.hpp"

namespace offhook::app::standins {

/// How the session finds the caller's turns.
struct turn_detection {
  double threshold = 0.5;
  std::uint32_t prefix_padding_ms = 300;
  std::uint32_t silence_duration_ms = 200;
  std::uint32_t idle_timeout_ms = 0; ///< 0: none
  bool create_response = true;
  bool interrupt_response = true;
};

/// The effective configuration of one Realtime session: the server's copy,
/// which `session.created` and `session.updated` show in full.
class session_state {
public:
  session_state(std::string model, std::string id, std::int64_t expires_at);

  const std::string& model() const noexcept {
    return model_;
  }

  /// What the rules of the fields alone cannot tell about an update that passed
  /// them: the model is fixed, the voice is once it was heard, tracing is once
  /// it is on, some fields belong to reasoning models.
  std::optional<schema::violation> check(const json::value& update,
                                         bool voice_heard) const;

  /// Changes what is present in `update`: members of `audio.input` and
  /// `audio.output` one by one, all others as a whole.
  /// @pre `update` passed all checks
  void apply(const json::value& update);

  /// Both formats at once, whatever the client asked for.
  void force_format(audio_format format);

  /// The session object.
  std::string text() const;

  audio_format input_format() const;
  audio_format output_format() const;
  std::string instructions() const;
  std::string tools() const;       ///< JSON text
  std::string voice() const;       ///< JSON text
  std::string tool_choice() const; ///< name of a forced function, or empty
  bool text_only() const;
  bool transcribes() const;

  /// JSON text, a number or `"inf"`.
  std::string max_output_tokens() const;

  /// Nothing where the client commits by itself.
  std::optional<turn_detection> turns() const;

private:
  const json::value& audio(const char* direction, const char* name) const;
  void apply_audio(const char* direction, const json::value& update);
  void put(json::value& to, const char* name, const json::value& x);

  std::string model_;
  rapidjson::Document state_;
};

/// The name that a `tool_choice` forces, or empty.
std::string forced_function(const json::value& tool_choice);

} // namespace offhook::app::standins
