#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/fleet_document.hpp"
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

/// What one call has used, over all responses (cancelled ones too), all of its
/// sessions and all of its models. A plain class; the call's supervisor owns
/// it.
class usage_ledger {
public:
  /// What is told from now on is of this model.
  void use_model(std::string name) {
    model_ = std::move(name);
  }

  /// The one in use.
  const std::string& model() const noexcept {
    return model_;
  }

  /// A response is over. @param known whether the server said what it used
  void response(const token_usage& used, bool known);

  void transcription(const transcription_usage& used);

  /// What was used elsewhere before this ledger began.
  void add(const std::vector<protocol::fleet::model_usage>& used,
           std::uint64_t responses, std::uint64_t unknown);

  /// All of it, for such a one.
  std::vector<protocol::fleet::model_usage> by_model() const;

  token_usage tokens() const;
  transcription_usage transcriptions() const;

  /// Responses of which nobody said what they used.
  std::uint64_t unknown() const noexcept {
    return unknown_;
  }

  std::uint64_t responses() const noexcept {
    return responses_;
  }

  /// In US dollars; what was cached counts once, at its own price. Empty where
  /// a model that was used has no price.
  std::optional<double> cost(const price_table& prices) const;

  /// The same of those that have one: what it costs at least.
  double known_cost(const price_table& prices) const;

private:
  struct share {
    token_usage tokens;
    transcription_usage transcriptions;
  };

  std::string model_;
  std::map<std::string, share> shares_; ///< by model
  std::uint64_t responses_ = 0;
  std::uint64_t unknown_ = 0;
};

} // namespace offhook::actors
