#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace offhook::actors {

/// Which function calls are still to be answered: the model goes on once, when
/// all calls of a response have their results. A plain class; the bridge owns
/// it.
class tool_board {
public:
  /// Calls of one response, which came to its end.
  void called(const std::string& response_id,
              const std::vector<std::string>& call_ids);

  struct outcome {
    bool known = false; ///< the call was open
    bool last = false;  ///< no other of its response is, and one of them asked
                        ///< that the model go on
  };

  /// A call has its result.
  /// @param speaks whether the model is to go on by it
  outcome answered(const std::string& call_id, bool speaks);

  /// The caller has spoken, and gets an answer for that: what was answered so
  /// far needs none of its own.
  void interrupted();

  /// Calls without a result.
  std::vector<std::string> open() const;

  /// The session that made the calls is gone.
  void clear();

private:
  struct round {
    std::vector<std::string> open;
    bool speaks = false;
  };

  std::map<std::string, round> rounds_; ///< by response
};

} // namespace offhook::actors
