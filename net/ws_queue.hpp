#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "net/web_socket.hpp"

namespace offhook::net {

/// What waits to be written to one WebSocket: bounded, in order, and with the
/// rules of `frame_class` for what does not fit. A value of the session; the
/// frame under way has been taken out, but its bytes count until `done`.
class ws_queue {
public:
  explicit ws_queue(std::size_t max_bytes) : max_bytes_(max_bytes) {
  }

  struct outcome {
    std::size_t dropped = 0; ///< media frames, perhaps the new one
    bool overflow = false;   ///< a control frame did not fit
  };

  outcome push(std::string text, frame_class kind) {
    outcome result;
    auto size = text.size();
    if (bytes_ + size > max_bytes_)
      make_room(size, result);
    if (bytes_ + size > max_bytes_) {
      if (kind == frame_class::media)
        ++result.dropped;
      else
        result.overflow = true;
      return result;
    }
    bytes_ += size;
    frames_.push_back({std::move(text), kind});
    return result;
  }

  /// @pre not `empty`
  std::string take() {
    auto text = std::move(frames_.front().text);
    frames_.pop_front();
    return text;
  }

  /// A frame that was taken has been written.
  void done(std::size_t size) noexcept {
    bytes_ -= size;
  }

  bool empty() const noexcept {
    return frames_.empty();
  }

  /// Waiting and under way.
  std::size_t bytes() const noexcept {
    return bytes_;
  }

private:
  struct frame {
    std::string text;
    frame_class kind;
  };

  void make_room(std::size_t size, outcome& result) {
    for (auto i = frames_.begin();
         i != frames_.end() && bytes_ + size > max_bytes_;) {
      if (i->kind != frame_class::media) {
        ++i;
        continue;
      }
      bytes_ -= i->text.size();
      i = frames_.erase(i);
      ++result.dropped;
    }
  }

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::deque<frame> frames_;
};

} // namespace offhook::net
