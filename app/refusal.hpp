#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/form.hpp"
#include "protocol/twiml.hpp"

namespace offhook::app {

/// What a call that is not taken gets: always a document, for an error would
/// make Twilio say one of its own.
struct refusal_rules {
  enum class way : std::uint8_t { reject, say, redirect };

  way with = way::reject;
  std::string sentence;
  std::string other; ///< origin that `redirect` leads to
  std::string heir;  ///< origin for calls that come while we drain; empty: none
};

/// One webhook that is refused.
struct refused_call {
  bool draining = false;
  bool answered = false; ///< somebody has heard something: too late for busy
  bool redirected
    = false; ///< by an instance that refused it: it goes no further
  protocol::form::fields query = {}; ///< of the voice URL, to go with it
};

/// The query field by which the next instance knows that it is the second.
inline constexpr std::string_view redirected_field = "redirected";

std::vector<protocol::twiml::element> refuse(const refusal_rules& rules,
                                             const refused_call& call);

} // namespace offhook::app
