#include "app/standins/demo_agent_options.hpp"

namespace offhook::app::standins {

namespace {

agent_reply say(std::string text) {
  return {{spoken_line{std::move(text), {}}}, {}, {}};
}

} // namespace

demo_agent_script default_script() {
  demo_agent_script result;
  result.greeting
    = say("Hello, this is the demo agent. How can I help you today?");
  result.replies = {
    say("I am only a stand-in, so I speak in tones. But I did hear you."),
    say("Every turn of yours gets one of my lines, one after the other."),
    say("You can interrupt me whenever you like, I will stop at once."),
    say("With a key of your own, a real model would answer now."),
  };
  result.cycle = true;
  result.idle = say("Are you still there?");
  result.out_of_band = say("The caller and the demo agent talked.");
  return result;
}

token_ledger& token_ledger::operator+=(const token_ledger& other) {
  input_text += other.input_text;
  input_audio += other.input_audio;
  cached_text += other.cached_text;
  cached_audio += other.cached_audio;
  output_text += other.output_text;
  output_audio += other.output_audio;
  return *this;
}

demo_agent_stats& demo_agent_stats::operator+=(const demo_agent_stats& other) {
  sessions += other.sessions;
  client_events += other.client_events;
  appends += other.appends;
  input_bytes += other.input_bytes;
  output_bytes += other.output_bytes;
  responses += other.responses;
  deltas += other.deltas;
  cancelled += other.cancelled;
  truncated += other.truncated;
  errors += other.errors;
  counter_mismatches += other.counter_mismatches;
  tokens += other.tokens;
  return *this;
}

} // namespace offhook::app::standins
