// The part of the table of settings that is about how many calls a process
// takes, and what becomes of them when it goes.

#include "app/settings_table.hpp"

namespace offhook::app {

using enum value_kind;

std::vector<setting> fleet_settings() {
  return {
    {"admission.max-calls",
     integer,
     "0",
     0,
     1'000'000,
     {},
     "Calls at once; 0: any number."},
    {"admission.starts-per-second",
     integer,
     "0",
     0,
     100'000,
     {},
     "Calls that may begin within a second; 0: any number."},
    {"admission.max-memory",
     integer,
     "0",
     0,
     1'048'576,
     {},
     "Resident memory from which on no call is taken, in MiB; 0: any."},
    {"admission.max-lag",
     duration,
     "0s",
     0,
     60'000,
     {},
     "Lateness of the slowest loop from which on no call is taken; 0s: any."},
    {"admission.refuse-with",
     choice,
     "reject",
     0,
     0,
     {"reject", "say", "redirect"},
     "What a call that is not taken gets: the busy tone, a sentence, or "
     "another "
     "instance."},
    {"admission.sentence",
     text,
     "All our lines are busy. Please call again later.",
     0,
     0,
     {},
     "The sentence; it is also for calls that have been answered before, which "
     "cannot have the busy tone."},
    {"admission.redirect-url",
     value_kind::origin,
     "",
     0,
     0,
     {},
     "Origin of the other instance."},
    {"drain.deadline",
     duration,
     "60s",
     0,
     86'400'000,
     {},
     "How long calls may go on when the process is to end."},
    {"drain.redirect-url",
     value_kind::origin,
     "",
     0,
     0,
     {},
     "Origin of the instance that takes over: new calls at once, and with "
     "OFFHOOK_FLEET_KEY after the deadline those that are left; empty: none."},
    {"drain.own-url",
     value_kind::origin,
     "",
     0,
     0,
     {},
     "Origin under which that one reaches us; empty: http.public-url."},
    {"drain.resume",
     text,
     "The call was interrupted for a moment and goes on. Say in a few words "
     "that you are back, do not greet again, and go on where the conversation "
     "stopped.",
     0,
     0,
     {},
     "Instructions for the first words of a call that another instance gave "
     "us."},
    {"drain.apology",
     text,
     "This call was cut off by a failure on our side, and you do not know what "
     "was said before. Apologise for that in one short sentence and ask how "
     "you can help.",
     0,
     0,
     {},
     "Instructions for the first words where what was said is lost."},
  };
}

} // namespace offhook::app
