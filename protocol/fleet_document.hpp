#pragma once

#include "protocol/openai_usage.hpp"
#include "protocol/result.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What one instance tells another of a call that it gives away.
namespace offhook::protocol::fleet {

/// One entry of the conversation, as it was heard.
struct entry {
  std::string kind; ///< caller, agent, tool_call, tool_result, keys, note
  std::string text;
  std::string name;    ///< of a function
  std::string call_id; ///< of its call and its result

  bool operator==(const entry&) const = default;
};

/// What was used of one model.
struct model_usage {
  std::string model;
  openai::token_usage tokens;
  openai::transcription_usage transcriptions;

  bool operator==(const model_usage&) const = default;
};

/// A call in the middle of its conversation.
struct document {
  std::string call_sid;
  std::string agent;                             ///< by name
  std::map<std::string, std::string> parameters; ///< filled into its texts
  std::vector<entry> entries;                    ///< oldest first
  std::uint64_t forgotten = 0; ///< older entries that were condensed away
  bool answer_owed = false;    ///< the caller waits for one
  std::uint64_t talked_ms = 0; ///< since the first stream
  std::vector<model_usage> usage;
  std::uint64_t responses = 0;
  std::uint64_t unknown_usage = 0; ///< responses nobody knows the cost of

  bool operator==(const document&) const = default;
};

/// Bounds of what is read: a peer's text is checked like anybody's.
inline constexpr std::size_t max_document_bytes = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t max_entries = 1'000;
inline constexpr std::size_t max_entry_bytes = std::size_t{64} * 1024;

std::string write_document(const document& x);

/// @returns the document, or what is wrong with the text
result<document> read_document(std::string_view text);

} // namespace offhook::protocol::fleet
