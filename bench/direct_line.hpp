#pragma once

#include "bench/counter_line.hpp"

namespace offhook::bench {

/// One Realtime session straight to the demo agent, with the same frames as a
/// call: what the way costs without the gateway.
class direct_line final : public counter_line {
public:
  using counter_line::counter_line;

private:
  void on_open() override;
  void on_text(std::string_view text) override;
  bool ready() const override;
  void write(std::uint64_t position, const protocol::audio_bytes& audio,
             bench_clock::time_point now) override;
  void on_end() override;

  bool configured_ = false;
};

} // namespace offhook::bench
