#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/conversation_log.hpp"
#include "actors/messages.hpp"

namespace offhook::actors {

/// What a new session has been told of the conversation so far: every entry of
/// the log once, in its order, as the caller heard it. A plain class; the
/// bridge sends what it orders and tells it of the acknowledgements.
class session_seed {
public:
  using item = std::variant<put_text, put_tool_call, put_tool_result>;

  /// Makes the id of one more item; no two are the same.
  using id_source = std::function<std::string()>;

  /// Whether an item of the agent is still being heard: how much of it will
  /// have been heard is known only later.
  using sounding = std::function<bool(const std::string& item_id)>;

  /// What the session does not know yet. A function call goes with its result
  /// or not at all: half of one keeps a model waiting.
  /// @param transcripts_come whether to stop before a turn of the caller that
  ///        is not transcribed; else its place is taken by a remark
  /// @param sounds to stop before such an item
  std::vector<item> more(const conversation_log& log, bool transcripts_come,
                         const sounding& sounds, const id_source& next_id);

  /// The session has the conversation: what is said from now on it knows by
  /// itself, and only what it was not told of the past is still to be told.
  void close(const conversation_log& log);

  /// The result of a function that another session had called is in the log.
  void owe(const std::string& entry_id) {
    owed_.insert(entry_id);
  }

  /// Whether `more` stopped before something that sounds.
  bool is_held_back() const noexcept {
    return held_back_;
  }

  /// All that is in the log was said to this very session.
  void know_all(const conversation_log& log);

  /// An item was acknowledged, or refused: no more is to be expected of it.
  void settled(const std::string& item_id) {
    awaited_.erase(item_id);
  }

  /// Whether nothing is under way.
  bool all_settled() const noexcept {
    return awaited_.empty();
  }

  /// Whether an item of the session repeats one of the log.
  bool owns(const std::string& item_id) const {
    return sent_.contains(item_id);
  }

  /// The session has the conversation, and has this item behind `previous`.
  void placed(const std::string& item_id, const std::string& previous,
              const conversation_log& log);

  /// Behind which entry of the log that belongs which the session has behind
  /// `item_id`: what it says itself comes after all of the past, even after
  /// what of that it was not told of yet.
  const std::string& place_behind(const std::string& item_id) const;

private:
  std::set<std::string> known_; ///< ids of the log's entries
  /// Where an item of the session stands that repeats an entry of the log.
  struct repeated {
    std::string entry;
    bool late = false; ///< told when the session had spoken itself, perhaps
    std::string place; ///< an entry; empty: `past_end_`
  };

  std::map<std::string, repeated> sent_;
  std::set<std::string> awaited_;
  std::set<std::string> owed_; ///< once closed: entries to be told of yet
  std::string past_end_;       ///< the last entry before the session's own
  bool closed_ = false;
  bool held_back_ = false;
  bool gap_told_ = false;
};

/// Keys that the caller pressed, as the model reads them.
std::string describe_keys(std::string_view keys);

} // namespace offhook::actors
