#include "app/webhooks.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <spdlog/spdlog.h>

#include "actors/call_token.hpp"
#include "app/agents.hpp"
#include "app/ask.hpp"
#include "app/call_json.hpp"
#include "protocol/form.hpp"
#include "protocol/twiml.hpp"

namespace form = offhook::protocol::form;
namespace twiml = offhook::protocol::twiml;

namespace offhook::app {

namespace {

// How long after the webhook its stream may come: Twilio says the greeting
// first, and it can be long.
constexpr std::int64_t token_lifetime_s = 600;

// Well within the 15 s that Twilio waits for a document.
constexpr std::chrono::seconds registry_patience{5};

void send_twiml(const net::http_reply_ptr& reply,
                const std::vector<twiml::element>& verbs) {
  reply->send({.content_type = "text/xml", .body = twiml::document(verbs)});
}

void send_failure(const net::http_reply_ptr& reply, const std::string& text) {
  std::vector<twiml::element> verbs;
  if (!text.empty())
    verbs.push_back(twiml::say(text));
  verbs.push_back(twiml::hangup());
  send_twiml(reply, verbs);
}

/// Reads and authenticates a webhook. Answers and returns nothing where it is
/// not to be served.
std::optional<form::fields> read_webhook(const route_context& context,
                                         const net::http_request& request,
                                         const net::http_reply_ptr& reply) {
  auto refuse = [&](unsigned status, std::string_view code,
                    const std::string& why) {
    spdlog::warn("listener refuses webhook path={} reason=\"{}\"", request.path,
                 why);
    reply->send({.status = status,
                 .content_type = "application/json",
                 .body = error_json(code, why)});
  };
  auto is_get = request.method == "GET";
  auto params = form::parse(is_get ? request.query : request.body);
  if (!params) {
    refuse(400, "bad_form", "the request is no form, or has too many fields");
    return std::nullopt;
  }
  std::string why;
  if (!context.access->allows_origin(request))
    why = "foreign Origin";
  else if (context.access->allows_webhook(
             request, is_get ? form::fields{} : *params, why))
    return params;
  refuse(403, "forbidden", why);
  return std::nullopt;
}

bool is_sid(std::string_view text) {
  return !text.empty() && text.size() <= 64
         && std::all_of(text.begin(), text.end(),
                        [](unsigned char c) { return std::isalnum(c) != 0; });
}

/// By the webhook's query, else by the called number; empty: the default one.
std::string choose_agent(const route_context& context,
                         const net::http_request& request,
                         const std::string& called) {
  const auto& agents = context.env->agents;
  auto query = form::parse(request.query);
  std::string asked{query ? form::get(*query, "agent") : ""};
  if (asked.empty() || asked == "default")
    return asked.empty() ? agent_for_number(agents, called) : "";
  if (agents.contains(asked))
    return asked;
  // The caller is on the line: somebody has to answer.
  spdlog::error("webhook asks for an agent that is not configured agent=\"{}\"",
                asked.substr(0, 64));
  return agent_for_number(agents, called);
}

/// A `CallStatus` after which there is nobody to speak to.
bool is_terminal(std::string_view status) {
  constexpr std::array<std::string_view, 5> all{"completed", "busy", "failed",
                                                "no-answer", "canceled"};
  return std::find(all.begin(), all.end(), status) != all.end();
}

} // namespace

void incoming_call(const std::shared_ptr<const route_context>& context,
                   net::http_request& request,
                   const net::http_reply_ptr& reply) {
  auto params = read_webhook(*context, request, reply);
  if (!params)
    return;
  std::string sid{form::get(*params, "CallSid")};
  if (!is_sid(sid)) {
    reply->send(
      {.status = 400,
       .content_type = "application/json",
       .body = error_json("bad_call_sid", "CallSid must be 1 to 64 letters and "
                                          "digits")});
    return;
  }
  actors::admit_call call{sid, std::string{form::get(*params, "From")},
                          std::string{form::get(*params, "To")}};
  call.from.resize(std::min<std::size_t>(call.from.size(), 128));
  call.to.resize(std::min<std::size_t>(call.to.size(), 128));
  call.agent = choose_agent(*context, request, call.to);
  twiml::stream_options stream;
  stream.url = context->access->origin_for(request, true) + "/ai-stream";
  stream.action = context->access->origin_for(request, false) + "/stream-ended";
  stream.parameters = {
    {"token",
     actors::call_token::make(context->env->token_key, sid,
                              context->env->wall_clock(), token_lifetime_s)},
    {"from", call.from},
    {"to", call.to},
  };
  if (!call.agent.empty())
    stream.parameters.push_back({"agent", call.agent});
  ask(
    *context->system, context->registry, registry_patience, std::move(call),
    [context, reply, stream](const actors::call_home&) {
      std::vector<twiml::element> verbs;
      if (!context->greeting.empty())
        verbs.push_back(twiml::say(context->greeting));
      verbs.push_back(twiml::connect_stream(stream));
      send_twiml(reply, verbs);
    },
    [context, reply, sid](const caf::error& error) {
      spdlog::error("call not admitted call_sid={} reason=\"{}\"", sid,
                    caf::to_string(error));
      send_failure(reply, context->failure);
    });
}

void stream_ended(const std::shared_ptr<const route_context>& context,
                  net::http_request& request,
                  const net::http_reply_ptr& reply) {
  auto params = read_webhook(*context, request, reply);
  if (!params)
    return;
  std::string sid{form::get(*params, "CallSid")};
  ask(
    *context->system, context->registry, registry_patience,
    actors::ask_next_step{sid, is_terminal(form::get(*params, "CallStatus"))},
    [context, reply](const actors::next_step& step) {
      send_failure(reply, step.say_failure ? context->failure : "");
    },
    [context, reply](const caf::error&) {
      send_failure(reply, context->failure);
    });
}

} // namespace offhook::app
