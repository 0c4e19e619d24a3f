#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace offhook::actors {

/// Which function calls are still to be answered: the model goes on once, when
/// all calls of a response have their results. A plain class; the bridge owns
/// it.
class tool_board {
public:
  /// Calls of one response, which came to its end.
  /// @param session generation of the one that made them
  void called(std::uint32_t session, const std::string& response_id,
              const std::vector<std::string>& call_ids);

  struct outcome {
    bool known = false; ///< the call was open
    bool last = false;  ///< no other of its response is, and one of them asked
                        ///< that the model go on
    std::uint32_t session = 0; ///< that made it; another knows nothing of it
  };

  /// A call has its result.
  /// @param speaks whether the model is to go on by it
  outcome answered(const std::string& call_id, bool speaks);

  /// The caller has spoken, and gets an answer for that: what was answered so
  /// far needs none of its own.
  void interrupted();

  /// Calls without a result.
  std::vector<std::string> open() const;

  /// Whoever ran the functions is gone, and their calls with them.
  void clear();

private:
  struct round {
    std::vector<std::string> open;
    std::uint32_t session = 0;
    bool speaks = false;
  };

  /// By session and response: ids of two sessions may be the same.
  std::map<std::pair<std::uint32_t, std::string>, round> rounds_;
};

} // namespace offhook::actors
