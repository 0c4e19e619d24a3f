#include "actors/usage_ledger.hpp"

#include <algorithm>

namespace offhook::actors {

namespace {

constexpr double million = 1'000'000;

/// Tokens of one kind; the cached ones are a part of all of them, though a
/// server was seen to say otherwise.
double price_of(std::uint64_t all, std::uint64_t cached, double price,
                double cached_price) {
  auto fresh = all - std::min(all, cached);
  return (static_cast<double>(fresh) * price
          + static_cast<double>(cached) * cached_price)
         / million;
}

double cost_of(const token_usage& x, const model_prices& prices) {
  return price_of(x.input_text, x.cached_text, prices.text_in,
                  prices.text_cached)
         + price_of(x.input_audio, x.cached_audio, prices.audio_in,
                    prices.audio_cached)
         + price_of(x.input_image, x.cached_image, prices.image_in,
                    prices.image_cached)
         + static_cast<double>(x.output_text) * prices.text_out / million
         + static_cast<double>(x.output_audio) * prices.audio_out / million;
}

} // namespace

const model_prices* price_table::find(std::string_view model) const {
  auto at = models.find(model);
  return at == models.end() ? nullptr : &at->second;
}

void usage_ledger::response(const token_usage& used, bool known) {
  ++responses_;
  unknown_ += known ? 0 : 1;
  shares_[model_].tokens += used;
}

void usage_ledger::transcription(const transcription_usage& used) {
  shares_[model_].transcriptions += used;
}

void usage_ledger::add(const std::vector<protocol::fleet::model_usage>& used,
                       std::uint64_t responses, std::uint64_t unknown) {
  for (const auto& x : used) {
    shares_[x.model].tokens += x.tokens;
    shares_[x.model].transcriptions += x.transcriptions;
  }
  responses_ += responses;
  unknown_ += unknown;
}

std::vector<protocol::fleet::model_usage> usage_ledger::by_model() const {
  std::vector<protocol::fleet::model_usage> result;
  for (const auto& [model, x] : shares_)
    result.push_back({model, x.tokens, x.transcriptions});
  return result;
}

token_usage usage_ledger::tokens() const {
  token_usage result;
  for (const auto& [model, x] : shares_)
    result += x.tokens;
  return result;
}

transcription_usage usage_ledger::transcriptions() const {
  transcription_usage result;
  for (const auto& [model, x] : shares_)
    result += x.transcriptions;
  return result;
}

std::optional<double> usage_ledger::cost(const price_table& prices) const {
  for (const auto& [model, x] : shares_)
    if (!prices.find(model))
      return std::nullopt;
  return known_cost(prices);
}

double usage_ledger::known_cost(const price_table& prices) const {
  double result = 0;
  for (const auto& [model, x] : shares_)
    if (const auto* known = prices.find(model))
      result += cost_of(x.tokens, *known)
                + static_cast<double>(x.transcriptions.milliseconds)
                    * known->transcription_per_minute / 60'000;
  return result;
}

} // namespace offhook::actors
