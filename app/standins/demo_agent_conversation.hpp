#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/standins/demo_agent_audio.hpp"
#include "app/standins/demo_agent_json.hpp"

namespace offhook::app::standins {

/// One content part of a message.
struct content_part {
  std::string type; ///< `input_text`, `input_audio`, `output_audio`, ...
  std::string text; ///< or an image's URL
  std::string detail;
  std::optional<std::string> transcript;
  std::vector<std::byte> audio; ///< in `format`; may have been dropped
  audio_format format = audio_format::pcm;
  std::uint64_t audio_ms = 0;
};

/// Text and audio tokens.
struct token_count {
  std::uint64_t text = 0;
  std::uint64_t audio = 0;

  token_count& operator+=(token_count other) {
    text += other.text;
    audio += other.audio;
    return *this;
  }
};

/// Roughly what a tokenizer would say.
std::uint64_t text_tokens(std::string_view text) noexcept;

/// One item of a conversation.
struct conversation_item {
  std::string id;
  std::string type = "message";
  std::string status = "completed";
  std::string role;
  std::vector<content_part> content;

  std::string name; ///< of functions from here on
  std::string call_id;
  std::string arguments;
  std::string output;

  std::string approval_request_id;
  bool approve = false;
  std::optional<std::string> reason;

  bool truncated = false; ///< what is generated later is not kept

  /// The item object.
  /// @param with_audio as `conversation.item.retrieved` shows it
  std::string text(bool with_audio = false) const;

  /// 1 token per 100 ms of a user's audio and per 50 ms of the agent's, begun
  /// ones counted whole.
  token_count tokens() const;
};

using item_ptr = std::shared_ptr<conversation_item>;

/// Makes an item of one that passed the checks.
/// @returns nothing where its audio is not base64
item_ptr parse_item(const json::value& x, audio_format input_format);

/// The default conversation of a session.
class conversation {
public:
  const std::vector<item_ptr>& items() const noexcept {
    return items_;
  }

  /// The item, or null.
  item_ptr find(std::string_view id) const;

  bool has_call(std::string_view call_id) const;

  /// Id of the newest item, or empty.
  std::string last_id() const;

  /// Id of the item before the one named, or empty.
  std::string previous_id(std::string_view id) const;

  void append(item_ptr item);

  /// @param previous_id `root`: to the front
  /// @returns false where there is no such item
  bool insert_after(std::string_view previous_id, item_ptr item);

  /// @returns false where there is no such item
  bool erase(std::string_view id);

  token_count tokens() const;

  /// Of the items before the one named.
  token_count tokens_before(std::string_view id) const;

  /// Forgets the oldest audio bytes beyond the limit; durations stay.
  void drop_audio_beyond(std::size_t max_bytes);

private:
  std::vector<item_ptr>::const_iterator position(std::string_view id) const;

  std::vector<item_ptr> items_;
};

} // namespace offhook::app::standins
