#include "app/standins/caller_script.hpp"

namespace offhook::app::standins {

namespace {

struct describer {
  std::string operator()(const steps::say& x) const {
    return "say " + x.name;
  }

  std::string operator()(const steps::hear& x) const {
    return "hear " + std::to_string(x.ms) + " ms";
  }

  std::string operator()(const steps::hear_end& x) const {
    return "hear the end and " + std::to_string(x.silence_ms)
           + " ms of silence";
  }

  std::string operator()(const steps::pause& x) const {
    return "pause " + std::to_string(x.ms) + " ms";
  }

  std::string operator()(const steps::press& x) const {
    return std::string{"press "} + x.digit;
  }

  std::string operator()(const steps::withhold& x) const {
    return "withhold " + std::to_string(x.ms) + " ms";
  }

  std::string operator()(const steps::lose_stream&) const {
    return "lose the stream";
  }

  std::string operator()(const steps::cue& x) const {
    return "cue " + x.name;
  }

  std::string operator()(const steps::await_close&) const {
    return "await the close";
  }

  std::string operator()(const steps::hang_up&) const {
    return "hang up";
  }
};

} // namespace

std::string describe(const step& x) {
  return std::visit(describer{}, x.what);
}

} // namespace offhook::app::standins
