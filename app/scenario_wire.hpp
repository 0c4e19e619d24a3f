#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/standins/machine.hpp"

/// What passed between the gateway and the model, at the model's end.
namespace offhook::app {

struct wire_message {
  bool from_gateway = false;
  standins::time_point at;
  std::string text;
};

/// Takes note of every message of every session. Any thread.
class wire_tap {
public:
  void add(bool from_gateway, std::string_view text, standins::time_point at);
  std::vector<wire_message> messages() const;

private:
  mutable std::mutex mutex_;
  std::vector<wire_message> messages_;
};

/// A function that the model called.
struct called_function_seen {
  std::string name;
  std::string arguments;
  std::string call_id;
  std::int64_t at_ms = 0;
  std::optional<std::string> result;
  std::int64_t result_at_ms = 0;
};

/// Something with a time.
struct timed_text {
  std::int64_t at_ms = 0;
  std::string text;
};

/// An answer that was cut, as the model is told of it.
struct truncation_seen {
  std::int64_t at_ms = 0;
  std::int64_t heard_ms = 0;
};

/// What the messages say, in their order.
struct wire_facts {
  std::vector<std::int64_t> sessions; ///< when each began
  std::vector<timed_text> errors;     ///< that the model sent
  std::vector<truncation_seen> truncations;
  std::vector<timed_text> purposes; ///< of the responses asked for
  std::vector<timed_text> told;     ///< texts put into the conversation
  std::vector<called_function_seen> called;
};

wire_facts read_wire(const std::vector<wire_message>& messages,
                     standins::time_point began);

/// What one message means to somebody who watches, such as `calls
/// end_call({})`; empty: nothing that is worth a line.
std::string describe_message(bool from_gateway, std::string_view text);

} // namespace offhook::app
