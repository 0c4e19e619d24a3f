#pragma once

#include <cstddef>
#include <cstdint>

#include "app/standins/demo_agent_schema.hpp"

/// The objects inside client events, field by field.
namespace offhook::app::standins::schema {

/// Base64 text of one `append`, in characters.
inline constexpr std::size_t max_audio_text = 15 * 1024 * 1024;

/// Longest time that any field takes: a day.
inline constexpr std::int64_t max_ms = 24LL * 60 * 60 * 1000;

/// `session` of `session.update`.
rule session_rule();

/// `item` of `conversation.item.create`.
/// @param references whether `item_reference` is one too, as in the input of a
///                   response
rule item_rule(bool references);

/// `response` of `response.create`.
rule response_rule();

} // namespace offhook::app::standins::schema
