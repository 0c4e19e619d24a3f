#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <rapidjson/document.h>

namespace offhook::torture {

/// What the caller or the agent says in their turn of that number, or how it
/// begins: `agent says 0017`.
std::string to_words(std::string_view who, std::uint32_t number);

/// `agent 0017` of `agent says 0017 and so on`; empty where it is none of ours,
/// or not all of its number is there.
std::string key_of(std::string_view text);

/// 17, of the key `agent 0017`.
std::uint32_t number_of(const std::string& key);

/// What follows `key` up to the next quote: the frames hold no escapes there.
std::string_view field(std::string_view text, std::string_view key);

/// Of a frame to or from the model.
std::string_view type_of(std::string_view text);

/// A member that is a string; empty where there is none.
std::string text_at(const rapidjson::Value& from, const char* name);

} // namespace offhook::torture
