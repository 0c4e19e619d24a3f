#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace offhook::actors {

/// Who or what an entry of the log is of.
enum class log_kind : std::uint8_t {
  caller,      ///< a turn of the caller, as transcribed
  agent,       ///< what the agent said, as far as it was heard
  tool_call,   ///< `text` holds the arguments
  tool_result, ///< `text` holds the output
  keys,        ///< pressed on the telephone
  note,        ///< of ours, such as a failed transfer
};

std::string to_string(log_kind x);

/// One entry, in the order of the conversation.
struct log_entry {
  log_kind kind = log_kind::note;
  std::string text;    ///< of the agent: what the caller heard
  std::string unheard; ///< of the agent: the rest of what it meant to say
  std::string name;    ///< of a tool
  std::string call_id; ///< of a tool's call and its result

  bool operator==(const log_entry&) const = default;
};

/// What was said in one call, in the order of the item chain whatever the order
/// of arrival: transcripts come late, and items name what is before them. It
/// holds what was heard, not what was generated, since that is what a new
/// session must believe. Bounded: what is old is condensed to a count. A plain
/// class; the call's supervisor owns it, the bridge writes it.
class conversation_log {
public:
  struct limits {
    std::size_t max_entries = 400;
    std::size_t max_bytes = 256 * 1024; ///< of all texts
  };

  conversation_log() : conversation_log(limits{}) {
  }

  explicit conversation_log(limits x) : limits_(x) {
  }

  // -- as the model's server tells --------------------------------------------

  /// An item is in the conversation, behind `previous` (empty: not said).
  void added(std::string_view item_id, std::string_view previous,
             log_kind kind);

  /// What the caller said in an item, late or never; empty: nothing that could
  /// be understood.
  void transcript(std::string_view item_id, std::string_view text);

  /// More of what the agent says in an item, or (`whole`) all of it. Unheard
  /// until the item sounds.
  void agent_text(std::string_view item_id, std::string_view text, bool whole);

  /// A function call with its arguments.
  void tool_call(std::string_view item_id, std::string_view call_id,
                 std::string_view name, std::string_view arguments);

  // -- as we know -------------------------------------------------------------

  /// Audio of the agent's item goes to the caller, who hears it all unless it
  /// is cut.
  void sounds(std::string_view item_id);

  /// Whether any of it ever went there.
  bool has_sounded(std::string_view item_id) const;

  /// The caller heard `heard` of `whole` bytes of the agent's item and no more.
  void cut(std::string_view item_id, std::uint64_t heard, std::uint64_t whole);

  /// The caller heard nothing of it.
  void removed(std::string_view item_id);

  /// A turn of the caller is to be heard again, as another item.
  /// @returns false: it is written down, and stays
  bool withdraw_turn(std::string_view item_id);

  // Items that we put into the conversation, by the ids that we gave them; the
  // server's acknowledgement is then of the same item.
  void tool_result(std::string_view item_id, std::string_view call_id,
                   std::string_view output);
  void keys(std::string_view item_id, std::string_view digits);
  void note(std::string_view item_id, std::string_view text);

  /// So many older entries were condensed away before this log began.
  void forget(std::uint64_t count) {
    forgotten_ += count;
  }

  // -- reading ----------------------------------------------------------------

  /// Entries with something to say, oldest first.
  std::vector<log_entry> entries() const;

  /// An entry and the id of its item, which no other has.
  struct named_entry {
    std::string id;
    log_entry entry;
    bool awaits_transcript = false;
  };

  /// All of them, what was said and not (yet) transcribed too.
  std::vector<named_entry> named_entries() const;

  /// One entry, by the id of its item.
  std::optional<log_entry> find(std::string_view item_id) const;

  /// Which of two entries stands behind the other; an id that is not known
  /// stands before all.
  const std::string& later_of(const std::string& a, const std::string& b) const;

  /// Whether something that the caller said is not transcribed (yet).
  bool awaits_transcript() const;

  bool empty() const noexcept {
    return items_.empty();
  }

  /// Entries that were condensed away.
  std::uint64_t forgotten() const noexcept {
    return forgotten_;
  }

  std::size_t bytes() const noexcept {
    return bytes_;
  }

private:
  struct item {
    std::string id;
    log_kind kind = log_kind::note;
    std::string text;
    std::string name;
    std::string call_id;
    bool transcribed = false; ///< of the caller: `text` is all there will be
    bool sounded = false;     ///< of the agent: some of it went to the caller
    std::uint64_t heard = 0;  ///< of the agent: of `whole`
    std::uint64_t whole = 1;
  };

  using chain = std::list<item>;

  static log_entry read(const item& from);
  static bool awaits(const item& x);
  item& at(std::string_view item_id, log_kind kind);
  void set_text(item& to, std::string_view text);
  void condense();

  limits limits_;
  chain items_;
  std::unordered_map<std::string, chain::iterator> by_id_;
  std::size_t bytes_ = 0;
  std::uint64_t forgotten_ = 0;
};

/// The part of `text` that `heard` of `whole` stands for, ending with a word:
/// the voice is even enough for that, and the API tells nothing better.
std::string_view heard_part(std::string_view text, std::uint64_t heard,
                            std::uint64_t whole);

} // namespace offhook::actors
