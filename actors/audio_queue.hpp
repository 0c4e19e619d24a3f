#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "actors/playback_ledger.hpp"
#include "protocol/media.hpp"

namespace offhook::actors {

/// Agent audio that was received and is still to be sent, cut into whole 20 ms
/// frames on its way out. The end of an item is filled up with silence, so that
/// no frame holds two items. A plain class; the bridge owns it.
class audio_queue {
public:
  using item_ref = playback_ledger::item_ref;

  /// One media message: whole frames of one item.
  struct chunk {
    item_ref item;
    protocol::audio_bytes payload; ///< a multiple of 160 bytes
    std::uint64_t padding = 0;     ///< silence at its end, in bytes
    bool ends_item = false;        ///< nothing of this item is queued behind it
  };

  /// @returns the bytes accepted: all, or none beyond `max_bytes` in all
  std::uint64_t push(const item_ref& item, protocol::audio_bytes audio,
                     std::uint64_t max_bytes);

  /// No more audio of this item will come: its last, partial frame may go.
  void finish(std::uint32_t session, const std::string& item_id);

  /// Finishes all items of a response, or (empty id) of the session.
  void finish_response(std::uint32_t session, const std::string& response_id);

  /// Takes at most `max_bytes` (at least one frame) of the item in front.
  /// @returns false where no whole frame is ready
  bool pop(std::uint64_t max_bytes, chunk& out);

  /// Puts other bytes in the place of an item's audio from `offset` (of all its
  /// bytes) on. @returns how many were still here to be replaced
  std::uint64_t replace(const std::string& item_id, std::uint64_t offset,
                        const protocol::audio_bytes& audio);

  /// Of the item that came last: its bytes so far, and the newest of them.
  std::uint64_t end() const;
  protocol::audio_bytes newest(std::uint64_t bytes) const;

  void clear();

  std::uint64_t bytes() const noexcept {
    return bytes_;
  }

  bool empty() const noexcept {
    return bytes_ == 0;
  }

private:
  struct entry {
    item_ref item;
    protocol::audio_bytes audio; // unsent from `offset` on
    std::size_t offset = 0;
    std::uint64_t before = 0; // Bytes of the item that are not here any more.
    bool finished = false;

    std::size_t left() const noexcept {
      return audio.size() - offset;
    }
  };

  void drop_spent();

  std::deque<entry> entries_;
  std::uint64_t bytes_ = 0;
};

} // namespace offhook::actors
