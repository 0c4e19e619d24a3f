#include "app/webhooks.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <spdlog/spdlog.h>

#include "app/agents.hpp"
#include "app/ask.hpp"
#include "app/refusal.hpp"
#include "app/takeover.hpp"
#include "app/webhook_tools.hpp"

namespace form = offhook::protocol::form;
namespace twiml = offhook::protocol::twiml;

namespace offhook::app {

namespace {

using context_ptr = std::shared_ptr<const route_context>;

// Well within the 15 s that Twilio waits for a document.
constexpr std::chrono::seconds registry_patience{5};

/// Answers a call that is not admitted. Twilio gets a document in any case.
void send_refusal(const route_context& context,
                  const net::http_reply_ptr& reply, const webhook& hook,
                  const std::string& agent, const caf::error& error) {
  auto why = actors::to_refusal(error);
  if (!why) {
    spdlog::error("call not admitted call_sid={} reason=\"{}\"", hook.call_sid,
                  caf::to_string(error));
    send_hang_up(reply, context.failure);
    return;
  }
  spdlog::warn("call refused call_sid={} reason={}", hook.call_sid,
               to_string(*why));
  refused_call call;
  call.draining = *why == actors::refusal::draining;
  auto status = form::get(hook.params, "CallStatus");
  call.answered = status == "in-progress";
  call.redirected = !form::get(hook.query, redirected_field).empty();
  if (!agent.empty())
    call.query.emplace_back("agent", agent);
  for (const auto& [name, value] : custom_parameters(hook))
    call.query.emplace_back(name, value);
  send_twiml(reply, refuse(context.refusals, call));
}

/// Admits the call and answers with the document that connects its stream.
/// @param past of a call that did not begin here; else null
void connect_call(const context_ptr& context, const net::http_request& request,
                  const net::http_reply_ptr& reply, const webhook& hook,
                  const std::string& agent,
                  const actors::call_past_ptr& past = nullptr) {
  // The request is gone when the answer comes.
  auto asked = std::make_shared<const net::http_request>(request);
  actors::admit_call call{hook.call_sid,
                          hook.from,
                          hook.to,
                          agent,
                          past ? past->document.parameters
                               : std::map<std::string, std::string>{},
                          retry_token_of(request),
                          past};
  call.parameters.merge(custom_parameters(hook));
  ask(
    *context->system, context->registry, registry_patience, std::move(call),
    [context, reply, asked, hook, agent,
     is_new = !past](const actors::call_home& home) {
      auto connect = stream_verbs(*context, *asked, hook, agent, home.attempt);
      std::vector<twiml::element> verbs;
      if (is_new && !context->greeting.empty())
        verbs.push_back(twiml::say(context->greeting));
      verbs.insert(verbs.end(), connect.begin(), connect.end());
      send_twiml(reply, verbs);
    },
    [context, reply, hook, agent](const caf::error& error) {
      send_refusal(*context, reply, hook, agent, error);
    });
}

void ask_menu(const route_context& context, const net::http_request& request,
              const net::http_reply_ptr& reply, std::uint32_t attempt,
              bool invalid) {
  send_twiml(reply, context.choices.ask(
                      context.access->origin_for(request, false) + "/menu",
                      attempt, invalid));
}

std::vector<twiml::element>
verbs_of(const route_context& context, const net::http_request& request,
         const webhook& hook, const actors::next_step& step) {
  using kind = actors::next_step::kind;
  switch (step.what) {
    case kind::dial:
      return {twiml::dial(
        {step.target,
         context.access->origin_for(request, false) + "/transfer-ended",
         step.timeout_s, step.caller_id})};
    case kind::send_digits: {
      auto result = stream_verbs(context, request, hook, step.agent,
                                 step.attempt);
      result.insert(result.begin(), twiml::play_digits(step.digits));
      return result;
    }
    case kind::connect:
      return stream_verbs(context, request, hook, step.agent, step.attempt);
    case kind::redirect:
      return {twiml::redirect(step.target)};
    case kind::hang_up:
      break;
  }
  return hang_up_verbs(step.say_failure ? context.failure : "");
}

/// Asks the call what comes next, and tells Twilio.
void answer_next(const context_ptr& context, const net::http_request& request,
                 const net::http_reply_ptr& reply, const webhook& hook,
                 const std::string& dial_status, std::uint32_t attempt) {
  actors::ask_next_step question{hook.call_sid, hook.caller_gone, dial_status,
                                 retry_token_of(request), attempt};
  // The request is gone when the answer comes.
  auto asked = std::make_shared<const net::http_request>(request);
  ask(
    *context->system, context->registry, registry_patience, std::move(question),
    [context, reply, asked, hook](const actors::next_step& step) {
      send_twiml(reply, verbs_of(*context, *asked, hook, step));
    },
    [context, reply](const caf::error&) {
      send_hang_up(reply, context->failure);
    });
}

} // namespace

void incoming_call(const context_ptr& context, net::http_request& request,
                   const net::http_reply_ptr& reply) {
  auto hook = read_call_webhook(*context, request, reply);
  if (!hook)
    return;
  if (!form::get(hook->query, "handover").empty()) {
    // The request is gone when the other instance has answered.
    auto kept = std::make_shared<const net::http_request>(request);
    take_over(context, *hook, reply,
              [context, kept, reply, hook = *hook](const std::string& agent,
                                                   const auto& past) {
                connect_call(context, *kept, reply, hook, agent, past);
              });
    return;
  }
  const auto& agents = context->env->agents;
  std::string asked{form::get(hook->query, "agent")};
  if (was_cut(*hook)) {
    context->env->metrics->handed_over("cut");
    auto known = agents.contains(asked) || asked == "default";
    auto agent = known ? asked : agent_for_number(agents, hook->to);
    connect_call(context, request, reply, *hook,
                 agent == "default" ? "" : agent, cut_past());
    return;
  }
  if (asked == "default" || agents.contains(asked)) {
    connect_call(context, request, reply, *hook,
                 asked == "default" ? "" : asked);
    return;
  }
  // The caller is on the line: somebody has to answer.
  if (!asked.empty())
    spdlog::error("webhook asks for an agent that is not configured "
                  "agent=\"{}\"",
                  asked.substr(0, 64));
  auto agent = agent_for_number(agents, hook->to);
  // Nobody is asked to choose who will not be served.
  if (agent.empty() && context->choices.rules().enabled && context->ready())
    ask_menu(*context, request, reply, 0, false);
  else
    connect_call(context, request, reply, *hook, agent);
}

void menu_page(const context_ptr& context, net::http_request& request,
               const net::http_reply_ptr& reply) {
  auto hook = read_call_webhook(*context, request, reply);
  if (!hook)
    return;
  if (hook->caller_gone) { // Nobody is left to be asked.
    send_hang_up(reply, "");
    return;
  }
  const auto& choices = context->choices;
  auto& metrics = *context->env->metrics;
  auto attempt = choices.attempt_of(form::get(hook->query, "attempt"));
  if (choices.available() && attempt == 0) {
    ask_menu(*context, request, reply, 0, false);
    return;
  }
  auto keys = form::get(hook->params, "Digits");
  auto speech = form::get(hook->params, "SpeechResult");
  auto agent = choices.choose(keys, speech);
  auto silent = keys.empty() && speech.empty();
  metrics.menu_answered(!agent.empty() ? "chosen"
                        : silent       ? "nothing"
                                       : "invalid");
  if (agent.empty() && choices.available() && choices.may_repeat(attempt)) {
    ask_menu(*context, request, reply, attempt, !silent);
    return;
  }
  if (agent.empty())
    agent = choices.rules().otherwise;
  if (agent.empty())
    send_hang_up(reply, choices.rules().farewell);
  else
    connect_call(context, request, reply, *hook,
                 agent == "default" ? "" : agent);
}

void stream_ended(const context_ptr& context, net::http_request& request,
                  const net::http_reply_ptr& reply) {
  if (auto hook = read_webhook(*context, request, reply))
    answer_next(context, request, reply, *hook, {}, stream_attempt(*hook));
}

void transfer_ended(const context_ptr& context, net::http_request& request,
                    const net::http_reply_ptr& reply) {
  auto hook = read_webhook(*context, request, reply);
  if (!hook)
    return;
  constexpr std::array<std::string_view, 6> known{"completed", "answered",
                                                  "busy",      "no-answer",
                                                  "canceled",  "failed"};
  auto status = form::get(hook->params, "DialCallStatus");
  auto at = std::find(known.begin(), known.end(), status);
  answer_next(context, request, reply, *hook,
              at == known.end() ? "failed" : std::string{status}, 0);
}

} // namespace offhook::app
