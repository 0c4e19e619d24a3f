#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "protocol/openai_usage.hpp"

namespace offhook::actors {

using protocol::openai::token_usage;
using protocol::openai::transcription_usage;

/// What a model costs, in US dollars per million tokens.
struct model_prices {
  double text_in = 0;
  double text_cached = 0;
  double text_out = 0;
  double audio_in = 0;
  double audio_cached = 0;
  double audio_out = 0;
  double image_in = 0;
  double image_cached = 0;
  double transcription_per_minute = 0;
};

/// Prices by model, as read on a day: they change, so they are configuration.
struct price_table {
  std::string as_of; ///< such as `2026-11-01`
  std::map<std::string, model_prices, std::less<>> models;

  /// Those of a model that is not listed: null.
  const model_prices* find(std::string_view model) const;
};

/// What one call has used, over all responses (cancelled ones too) and all of
/// its sessions. A plain class; the call's supervisor owns it.
class usage_ledger {
public:
  /// A response is over. @param known whether the server said what it used
  void response(const token_usage& used, bool known);

  void transcription(const transcription_usage& used);

  const token_usage& tokens() const noexcept {
    return tokens_;
  }

  const transcription_usage& transcriptions() const noexcept {
    return transcriptions_;
  }

  /// Responses of which nobody said what they used.
  std::uint64_t unknown() const noexcept {
    return unknown_;
  }

  std::uint64_t responses() const noexcept {
    return responses_;
  }

  /// In US dollars. What was cached counts once, at its own price.
  double cost(const model_prices& prices) const noexcept;

private:
  token_usage tokens_;
  transcription_usage transcriptions_;
  std::uint64_t responses_ = 0;
  std::uint64_t unknown_ = 0;
};

} // namespace offhook::actors
