#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "net/shard_loop.hpp"
#include "net/ws_client.hpp"

namespace offhook::bench {

using bench_clock = std::chrono::steady_clock;

/// What all calls of a run share.
struct bench_totals {
  std::vector<std::uint32_t> latency_us; ///< of every frame that came back
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t wrong_bytes = 0;
  std::uint64_t calls_open = 0;
  std::uint64_t calls_lost = 0;
  bool measuring = false;
};

/// One call from Twilio's side: caller audio is the counter k mod 251, and so
/// must be what comes back from the demo agent in counter mode. Marks are
/// returned when they would have been played.
class bench_call : public std::enable_shared_from_this<bench_call> {
public:
  bench_call(net::shard_loop& loop, bench_totals& totals, int number);

  void open(const std::string& url);

  /// 20 ms of audio.
  void send_frame(bench_clock::time_point now);

  /// Sends `stop` and closes.
  void end();

  bool idle() const noexcept {
    return received_ >= sent_;
  }

private:
  void on_text(std::string_view text);
  void on_media(std::string_view payload);
  void return_marks(bench_clock::time_point now);

  net::shard_loop& loop_;
  bench_totals& totals_;
  const std::string call_sid_;
  const std::string stream_sid_;
  std::shared_ptr<net::ws_dial> dial_;
  net::web_socket_ptr socket_;
  std::uint64_t sequence_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::deque<std::pair<std::uint64_t, bench_clock::time_point>> under_way_;
  std::deque<std::pair<bench_clock::time_point, std::string>> marks_;
  bench_clock::time_point played_until_{};
  bool ending_ = false;
};

} // namespace offhook::bench
