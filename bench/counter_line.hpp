#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/shard_loop.hpp"
#include "net/ws_client.hpp"
#include "protocol/media.hpp"

namespace offhook::bench {

using bench_clock = std::chrono::steady_clock;

/// What all lines of one kind share.
struct bench_totals {
  std::vector<std::uint32_t> latency_us; ///< of every frame that came back
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t wrong_bytes = 0;
  std::uint64_t open = 0;
  std::uint64_t lost = 0;
  bool measuring = false;
};

/// A peer of the demo agent in counter mode: byte k of what it sends is
/// k mod 251, and so must be what comes back. Subclasses put the audio into
/// frames. Lives on one loop.
class counter_line : public std::enable_shared_from_this<counter_line> {
public:
  counter_line(net::shard_loop& loop, bench_totals& totals);
  virtual ~counter_line();

  void open(net::ws_client_options options);

  /// 20 ms of audio.
  void send_frame(bench_clock::time_point now);

  /// Ends the line on purpose.
  void end();

  /// Whether all that was sent has come back.
  bool idle() const noexcept {
    return received_ >= sent_;
  }

protected:
  virtual void on_open() = 0;
  virtual void on_text(std::string_view text) = 0;
  virtual bool ready() const = 0; ///< whether audio may be sent
  virtual void write(std::uint64_t position, const protocol::audio_bytes& audio,
                     bench_clock::time_point now)
    = 0;
  virtual void on_end() = 0;

  /// Compares audio that came back.
  /// @param payload base64
  /// @returns its length in bytes
  std::size_t take(std::string_view payload, bench_clock::time_point now);

  void send(std::string text);

  bench_totals& totals() noexcept {
    return totals_;
  }

private:
  net::shard_loop& loop_;
  bench_totals& totals_;
  std::shared_ptr<net::ws_dial> dial_;
  net::web_socket_ptr socket_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::deque<std::pair<std::uint64_t, bench_clock::time_point>> under_way_;
  bool ending_ = false;
};

/// The text of a JSON string field; the frames are ours, so a search does.
std::string_view field(std::string_view text, std::string_view key);

} // namespace offhook::bench
