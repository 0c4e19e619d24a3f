#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace offhook::actors {

/// What became of every byte of agent audio: received from the model, sent to
/// Twilio, marked (Twilio confirmed that it was played), heard. A plain class
/// on the bridge's clock; the bridge owns it and asks it how to interrupt.
///
/// Marks are the truth, but late. Between them the position is interpolated
/// from the last mark (before the first, from the start of play-out) at eight
/// bytes a millisecond, and is never above what was sent.
class playback_ledger {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// Names one item of one Realtime session; ids of a replaced session mean
  /// nothing to its successor.
  struct item_ref {
    std::uint32_t session = 0; ///< generation of the session
    std::string response_id;
    std::string item_id;
    std::uint32_t content_index = 0;

    bool operator==(const item_ref&) const = default;
  };

  /// How far one item has come, in bytes of its audio.
  struct progress {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::uint64_t marked = 0;
    std::uint64_t heard = 0;

    bool operator==(const progress&) const = default;
  };

  /// What an interruption means for one item.
  struct cut {
    item_ref item;
    std::uint64_t heard_ms = 0; ///< whole, rounded down; 0: delete the item
    std::uint64_t received_ms = 0;
    bool begun = false; ///< something of it was heard

    bool operator==(const cut&) const = default;
  };

  /// @param generation of the first marks
  explicit playback_ledger(std::uint32_t generation = 1)
    : generation_(generation) {
  }

  /// Audio of `item` arrived. Items are played in the order of their arrival.
  void received(const item_ref& item, std::uint64_t bytes);

  /// `bytes` of `item` went to Twilio. Zero-length calls do nothing.
  /// @pre no more than was received
  void sent(const item_ref& item, std::uint64_t bytes, time_point now);

  /// Silence went to Twilio that belongs to no item: it fills a last frame.
  void sent_padding(std::uint64_t bytes, time_point now);

  /// A new mark behind all that was sent: its name, unique in this call.
  std::string place_mark();

  /// Twilio returned a mark.
  /// @returns whether it says anything: false for marks of an older generation
  ///          (cleared, or of another stream) and for names that are not ours.
  bool marked(std::string_view name, time_point now);

  /// Whether some audio of the agent was received that the caller has not heard
  /// yet. Padding is nobody's.
  bool anything_unheard(time_point now) const;

  /// The same of one response.
  bool unheard(std::uint32_t session, std::string_view response_id,
               time_point now) const;

  /// Whether something of that response was received that is not forgotten.
  bool knows(std::uint32_t session, std::string_view response_id) const;

  /// Whether every mark that we placed has come back.
  bool all_marked() const noexcept {
    return marks_.empty();
  }

  /// Whether Twilio holds audio that it has not played yet.
  bool playing(time_point now) const;

  /// Milliseconds of audio that Twilio holds unplayed at most: sent, less the
  /// time since play-out can first have begun. What pacing is bounded by.
  std::uint64_t lead_ms(time_point now) const;

  /// What an interruption now would mean, without one: what is not heard to its
  /// end, or could still grow.
  std::vector<cut> unfinished(time_point now) const;

  /// Cuts everything off: from now on all that was received or sent is history
  /// and its marks are stale. Items that were heard to their end are not named,
  /// nor is anything twice.
  std::vector<cut> interrupt(time_point now);

  /// The stream is gone, perhaps for longer than we know: nobody can say of
  /// what no mark has confirmed whether it ever sounded. From now on the
  /// position is that of the last mark.
  void trust_marks_only(time_point now);

  /// Another Media Streams socket: what the old one held is gone. Received but
  /// unsent audio stays to be sent.
  void stream_replaced(time_point now);

  /// Drops items that were heard whole and can grow no more.
  void forget_heard(time_point now);

  /// No more audio of this response will come.
  void response_over(std::uint32_t session, std::string_view response_id);

  std::optional<progress> find(std::string_view item_id, time_point now) const;

  /// Increases with every interruption and every new stream.
  std::uint32_t generation() const noexcept {
    return generation_;
  }

  std::size_t items() const noexcept {
    return items_.size();
  }

  /// Bytes heard since the current generation began.
  std::uint64_t heard_position(time_point now) const;

private:
  struct entry {
    item_ref ref;
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    bool over = false;
  };

  /// A run of one item's bytes on the time line of what was sent.
  struct segment {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::uint64_t serial = 0; ///< of the entry; padding has none (0)
  };

  struct placed_mark {
    std::uint64_t number = 0;
    std::uint64_t position = 0;
  };

  struct slot {
    std::uint64_t serial = 0;
    entry item;
  };

  slot* find_slot(const item_ref& item);
  void append(std::uint64_t serial, std::uint64_t bytes, time_point now);
  std::uint64_t covered(std::uint64_t serial, std::uint64_t position) const;
  void next_generation(time_point now);

  std::deque<slot> items_;
  std::deque<segment> segments_;
  std::deque<placed_mark> marks_;
  std::uint64_t next_serial_ = 1;
  std::uint64_t next_mark_ = 1;
  std::uint32_t generation_;

  std::uint64_t sent_total_ = 0; // of this generation, as all positions are
  std::uint64_t marked_ = 0;

  // Play-out cannot have begun earlier: what pacing counts from.
  std::uint64_t run_position_ = 0;
  time_point run_began_{};

  // From where and when the heard position is interpolated.
  std::uint64_t anchor_position_ = 0;
  time_point anchor_time_{};
  bool anchored_by_mark_ = false;
};

} // namespace offhook::actors
