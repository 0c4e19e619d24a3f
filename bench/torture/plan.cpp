#include "bench/torture/plan.hpp"

#include <algorithm>
#include <stdexcept>

namespace offhook::torture {

namespace {

using kind = fault_kind;
using effect = fault_rule::effect;
using actors::call_outcome;

/// Numbers of one call, the same on every machine: the distributions of the
/// standard library are not.
class generator {
public:
  generator(std::uint64_t seed, std::uint64_t stream)
    : state_(seed * 0x9E3779B97F4A7C15ull + stream * 0xD1B54A32D192ED03ull) {
    next();
  }

  std::uint64_t next() { // SplitMix64
    auto z = state_ += 0x9E3779B97F4A7C15ull;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }

  /// Both ends included.
  std::uint32_t between(std::uint32_t from, std::uint32_t to) {
    return from
           + static_cast<std::uint32_t>(next()
                                        % (std::uint64_t{to} - from + 1));
  }

  bool percent(unsigned x) {
    return next() % 100 < x;
  }

private:
  std::uint64_t state_;
};

bool played(const fault_rule& rule, stage where) {
  return where == stage::virtual_time || rule.on_sockets;
}

/// Faults that are drawn from one urn.
enum class urn : std::uint8_t { light, heavy, ending };

urn urn_of(effect x) {
  switch (x) {
    case effect::light:
      return urn::light;
    case effect::end_call:
      return urn::ending;
    default:
      return urn::heavy;
  }
}

fault draw(generator& random, urn from, stage where, std::uint32_t at_ms) {
  auto holds = [&](const fault_rule& x) {
    return urn_of(x.what) == from && played(x, where);
  };
  unsigned total = 0;
  for (const auto& x : fault_rules())
    if (holds(x))
      total += x.weight;
  auto ticket = static_cast<unsigned>(random.next() % total);
  for (const auto& x : fault_rules()) {
    if (!holds(x))
      continue;
    if (ticket < x.weight)
      return {x.kind, at_ms, random.between(x.min_amount, x.max_amount)};
    ticket -= x.weight;
  }
  throw std::logic_error{"no such fault"};
}

/// Faults of one urn, `every_ms` on average.
void scatter(generator& random, call_plan& plan, urn from, stage where,
             std::uint32_t every_ms) {
  if (every_ms == 0)
    return;
  for (auto at = random.between(0, 2 * every_ms); at < plan.length_ms;
       at += random.between(1, 2 * every_ms))
    plan.faults.push_back(draw(random, from, where, at));
}

} // namespace

const std::vector<fault_rule>& fault_rules() {
  static const std::vector<fault_rule> result{
    // amount: the byte at which it is cut, modulo what is under way
    {kind::model_reset, "model-reset", 6, 0, 100'000, true, effect::session},
    // bytes that are no WebSocket frame
    {kind::model_noise, "model-noise", 2, 0, 0, true, effect::session},
    // amount: 0 to 3, one of the codes after which a dial may succeed
    {kind::model_close, "model-close", 3, 0, 3, true, effect::session},
    // amount: ms in which nothing passes, and then all of it
    {kind::model_stall, "model-stall", 2, 20, 2'500, true},
    // the model's end is gone and nobody says so; amount: nothing
    {kind::model_half_open, "model-half-open", 2, 0, 0, true, effect::session},
    // amount: so many messages
    {kind::model_garbage, "model-garbage", 4, 1, 9, true},
    {kind::model_flood, "model-flood", 1, 20, 400, true},
    // an `error` event that nothing follows from; amount: which
    {kind::model_error, "model-error", 3, 0, 3, true},
    // an `error` event that ends the session for good
    {kind::model_fatal, "model-fatal", 2, 0, 2, true, effect::end_call,
     call_outcome::model_failed},
    // the session is reset, and then so many dials fail
    {kind::dial_refused, "dial-refused", 2, 1, 3, true, effect::session},
    {kind::dial_tls, "dial-tls", 2, 1, 3, false, effect::session},
    // amount: 1 to 3 dials are answered with 503
    {kind::dial_status, "dial-status", 1, 1, 3, true, effect::session},
    // the session is reset, and the next handshake takes so many ms
    {kind::dial_slow, "dial-slow", 2, 200, 6'000, true, effect::session},

    {kind::stream_garbage, "stream-garbage", 4, 1, 9, true},
    {kind::stream_flood, "stream-flood", 1, 20, 400, true},
    {kind::stream_stall, "stream-stall", 2, 20, 1'500, true},
    // lost packets: so many ms of the caller never arrive
    {kind::stream_gap, "stream-gap", 2, 20, 1'500, true},
    // so many marks that nobody placed
    {kind::stream_marks, "stream-marks", 2, 1, 20, true},
    {kind::stream_keys, "stream-keys", 2, 1, 5, true},
    // amount: over sockets the byte at which it is cut; on virtual time the
    // ms, modulo 4 s, until Twilio asks what comes next
    {kind::stream_reset, "stream-reset", 3, 0, 100'000, true, effect::stream},
    // Twilio's end is gone and nobody says so; amount: nothing
    {kind::stream_half_open, "stream-half-open", 1, 0, 0, false,
     effect::stream},
    // the stream is reset, and so many that follow cannot be opened
    {kind::stream_refused, "stream-refused", 1, 1, 3, false, effect::stream},
    // Twilio follows another document, and the old stream is still there
    {kind::stream_twin, "stream-twin", 1, 0, 0, false, effect::stream},
    // the stream is reset, and Twilio asks nothing
    {kind::stream_gone, "stream-gone", 1, 0, 0, false, effect::end_call,
     call_outcome::stream_lost},
    // a second stream of this call; amount: with the used token, with a wrong
    // one, without, or with nothing at all but a socket
    {kind::stream_duplicate, "stream-duplicate", 2, 0, 3, true},
    {kind::webhook_again, "webhook-again", 1, 0, 0, true},

    // amount: ms that the wall clock jumps, 100'000 being none
    {kind::clock_jump, "clock-jump", 1, 0, 200'000, false},
    {kind::kill_behaviour, "kill-behaviour", 1, 0, 0, false},
    {kind::kill_session, "kill-session", 2, 0, 0, false, effect::session},
    {kind::kill_stream, "kill-stream", 2, 0, 0, false, effect::stream},
    {kind::kill_bridge, "kill-bridge", 2, 0, 0, false, effect::bridge},
    {kind::bridge_throws, "bridge-throws", 2, 0, 0, false, effect::bridge},
    {kind::kill_supervisor, "kill-supervisor", 2, 0, 0, false, effect::end_call,
     call_outcome::failed},
  };
  return result;
}

const fault_rule& rule_of(fault_kind kind) {
  for (const auto& x : fault_rules())
    if (x.kind == kind)
      return x;
  throw std::logic_error{"a fault without a rule"};
}

std::string_view to_string(fault_kind kind) {
  return rule_of(kind).name;
}

std::set<actors::call_outcome> call_plan::excuses() const {
  std::set<actors::call_outcome> result;
  for (const auto& x : faults)
    if (const auto& rule = rule_of(x.kind); rule.what == effect::end_call)
      result.insert(rule.outcome);
  if (goodbye_at > 0)
    result.insert(call_outcome::ended_by_us);
  return result;
}

call_plan plan_call(const plan_options& options, std::uint32_t call) {
  generator random{options.seed, call};
  call_plan result;
  result.call = call;
  result.length_ms = random.between(options.min_length_ms,
                                    options.max_length_ms);
  result.quiet = random.percent(options.quiet_percent);
  if (result.quiet) {
    // Turn by turn: nobody is interrupted, and the last answer is heard.
    constexpr std::uint32_t greeting_ms = 6'000;
    result.length_ms = std::max(result.length_ms, greeting_ms);
    for (std::uint32_t at = 4'000; at + 7'000 < result.length_ms; at += 7'000)
      result.talk.push_back({at, 800});
    return result;
  }
  if (random.percent(options.slow_percent))
    result.first_dial_ms = random.between(100, 5'000);
  if (random.percent(options.goodbye_percent))
    result.goodbye_at = random.between(1, 6);
  if (random.percent(options.ageing_percent))
    result.session_age_s = random.between(20, 60);
  for (auto at = random.between(500, 4'000); at < result.length_ms;) {
    auto length = random.between(200, 2'500);
    result.talk.push_back({at, length});
    at += length + random.between(1'200, 6'000);
  }
  scatter(random, result, urn::light, options.where, options.light_every_ms);
  scatter(random, result, urn::heavy, options.where, options.heavy_every_ms);
  if (random.percent(options.ending_percent))
    result.faults.push_back(draw(random, urn::ending, options.where,
                                 random.between(0, result.length_ms)));
  std::stable_sort(result.faults.begin(), result.faults.end(),
                   [](const fault& a, const fault& b) {
                     return a.at_ms < b.at_ms;
                   });
  return result;
}

std::string describe(const call_plan& plan) {
  auto result
    = "call " + std::to_string(plan.call) + ": "
      + std::to_string(plan.length_ms) + " ms, "
      + (plan.quiet ? "nothing goes wrong"
                    : std::to_string(plan.faults.size()) + " faults")
      + ", the caller speaks " + std::to_string(plan.talk.size()) + " times"
      + (plan.session_age_s > 0
           ? ", sessions live " + std::to_string(plan.session_age_s) + " s"
           : "")
      + '\n';
  for (const auto& x : plan.faults)
    result += "  " + std::to_string(x.at_ms) + " ms "
              + std::string{to_string(x.kind)} + ' ' + std::to_string(x.amount)
              + '\n';
  return result;
}

} // namespace offhook::torture
