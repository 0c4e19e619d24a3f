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

} // namespace

const model_prices* price_table::find(std::string_view model) const {
  auto at = models.find(model);
  return at == models.end() ? nullptr : &at->second;
}

void usage_ledger::response(const token_usage& used, bool known) {
  ++responses_;
  unknown_ += known ? 0 : 1;
  tokens_ += used;
}

void usage_ledger::transcription(const transcription_usage& used) {
  transcriptions_ += used;
}

double usage_ledger::cost(const model_prices& prices) const noexcept {
  const auto& x = tokens_;
  return price_of(x.input_text, x.cached_text, prices.text_in,
                  prices.text_cached)
         + price_of(x.input_audio, x.cached_audio, prices.audio_in,
                    prices.audio_cached)
         + price_of(x.input_image, x.cached_image, prices.image_in,
                    prices.image_cached)
         + static_cast<double>(x.output_text) * prices.text_out / million
         + static_cast<double>(x.output_audio) * prices.audio_out / million
         + static_cast<double>(transcriptions_.milliseconds)
             * prices.transcription_per_minute / 60'000;
}

} // namespace offhook::actors
