#include "actors/call_info.hpp"

namespace offhook::actors {

std::string to_string(call_state x) {
  switch (x) {
    case call_state::waiting_for_stream:
      return "waiting_for_stream";
    case call_state::talking:
      return "talking";
    case call_state::away:
      return "away";
    case call_state::reattaching:
      return "reattaching";
    case call_state::ending:
      return "ending";
    case call_state::over:
      return "over";
  }
  return "unknown";
}

std::string to_string(call_outcome x) {
  switch (x) {
    case call_outcome::none:
      return "none";
    case call_outcome::completed:
      return "completed";
    case call_outcome::ended_by_us:
      return "ended_by_us";
    case call_outcome::no_stream:
      return "no_stream";
    case call_outcome::stream_lost:
      return "stream_lost";
    case call_outcome::model_failed:
      return "model_failed";
    case call_outcome::failed:
      return "failed";
    case call_outcome::shutdown:
      return "shutdown";
    case call_outcome::transferred:
      return "transferred";
    case call_outcome::handed_over:
      return "handed_over";
  }
  return "unknown";
}

bool says_failure(call_outcome x) noexcept {
  return x != call_outcome::completed && x != call_outcome::ended_by_us
         && x != call_outcome::transferred && x != call_outcome::handed_over;
}

} // namespace offhook::actors
