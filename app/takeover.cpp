#include "app/takeover.hpp"

#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

#include "app/agents.hpp"
#include "app/ask.hpp"
#include "app/call_json.hpp"
#include "app/inspect_routes.hpp"
#include "net/http_url.hpp"
#include "net/shard_loop.hpp"
#include "protocol/fleet_document.hpp"
#include "protocol/fleet_ticket.hpp"

namespace fleet = offhook::protocol::fleet;
namespace form = offhook::protocol::form;

namespace offhook::app {

namespace {

using actors::call_past;

constexpr std::chrono::seconds patience{5};

// Twilio waits 15 s for the document, and the caller with it.
constexpr std::uint32_t fetch_timeout_ms = 4'000;

std::string agent_of(const route_context& context, const std::string& name,
                     const webhook& hook) {
  const auto& agents = context.env->agents;
  if (agents.contains(name))
    return name;
  return name == "default" ? "" : agent_for_number(agents, hook.to);
}

/// The other instance's answer, if it is one.
std::optional<fleet::document> read_answer(const net::http_client_result& from,
                                           const std::string& call_sid) {
  auto fail = [&call_sid](std::string_view why) {
    spdlog::error("call goes on without what was said call_sid={} "
                  "reason=\"{}\"",
                  call_sid, why);
    return std::nullopt;
  };
  if (const auto* error = std::get_if<net::http_client_error>(&from))
    return fail(error->text);
  const auto& response = std::get<net::http_client_response>(from);
  if (response.status != 200)
    return fail("status " + std::to_string(response.status));
  auto document = fleet::read_document(response.body);
  if (!document)
    return fail(to_string(document.error()));
  if (document->call_sid != call_sid)
    return fail("it is of another call");
  return std::move(*document);
}

void send_error(const net::http_reply_ptr& reply, unsigned status,
                std::string_view code, std::string_view why) {
  reply->send({.status = status,
               .content_type = "application/json",
               .body = error_json(code, why)});
}

} // namespace

void take_over(const std::shared_ptr<const route_context>& context,
               const webhook& hook, const net::http_reply_ptr& reply,
               past_call_admission admit) {
  const auto& env = *context->env;
  std::string text{form::get(hook.query, "handover")};
  fleet::ticket ticket;
  auto state = fleet::read_ticket(env.handover.key, text, env.wall_clock(),
                                  ticket);
  if (state == fleet::ticket_state::genuine && ticket.call_sid != hook.call_sid)
    state = fleet::ticket_state::forged; // Of another call.
  auto past = std::make_shared<call_past>();
  if (state != fleet::ticket_state::genuine) {
    spdlog::warn("call goes on without what was said call_sid={} "
                 "reason=ticket_{}",
                 hook.call_sid, to_string(state));
    env.metrics->handed_over("refused");
    // Nothing but Twilio says that this call is not new.
    past->what = call_past::kind::cut;
    admit(agent_of(*context, {}, hook), std::move(past));
    return;
  }
  past->what = call_past::kind::lost;
  past->document.talked_ms = ticket.talked_ms;
  if (!context->ask_peer || !is_safe_origin(ticket.origin)) {
    spdlog::error("call goes on without what was said call_sid={} "
                  "reason=\"the other instance's origin is not https\"",
                  hook.call_sid);
    env.metrics->handed_over("lost");
    admit(agent_of(*context, ticket.agent, hook), std::move(past));
    return;
  }
  net::http_client_request request;
  request.method = "POST";
  request.url = ticket.origin + "/v1/handover";
  request.headers = {{"Content-Type", "text/plain"},
                     {"Accept", "application/json"},
                     {"User-Agent", "offhook"}};
  request.body = std::move(text);
  request.timeout_ms = fetch_timeout_ms;
  request.max_body_bytes = fleet::max_document_bytes;
  // The webhook's connection keeps its loop; the client has a thread of its
  // own.
  context->ask_peer(std::move(request), [context, hook, ticket, past,
                                         admit = std::move(admit), reply,
                                         loop = reply->loop().handle()](
                                          net::http_client_result answer) {
    auto document = read_answer(answer, hook.call_sid);
    auto agent = document ? document->agent : ticket.agent;
    context->env->metrics->handed_over(document ? "taken" : "lost");
    if (document) {
      past->what = call_past::kind::kept;
      past->document = std::move(*document);
    }
    loop.post([admit, past, reply, agent = agent_of(*context, agent, hook)] {
      admit(agent, past);
    });
  });
}

bool is_safe_origin(const std::string& origin) {
  auto url = net::parse_http_url(origin);
  const auto* parts = std::get_if<net::ws_url>(&url);
  return parts && parts->target == "/"
         && (parts->tls || is_loopback(parts->host));
}

bool was_cut(const webhook& hook) {
  return !form::get(hook.params, "ErrorUrl").empty()
         && form::get(hook.params, "CallStatus") == "in-progress";
}

actors::call_past_ptr cut_past() {
  auto result = std::make_shared<call_past>();
  result->what = call_past::kind::cut;
  return result;
}

void handover_page(const std::shared_ptr<const route_context>& context,
                   net::http_request& request,
                   const net::http_reply_ptr& reply) {
  const auto& env = *context->env;
  fleet::ticket ticket;
  auto state = fleet::read_ticket(env.handover.key, request.body,
                                  env.wall_clock(), ticket);
  if (!context->access->allows_origin(request)
      || state != fleet::ticket_state::genuine) {
    spdlog::warn("listener refuses handover reason=ticket_{}",
                 to_string(state));
    send_error(reply, 403, "forbidden",
               "the body must be a ticket that is valid now");
    return;
  }
  ask(
    *context->system, context->registry, patience,
    actors::claim_call{ticket.call_sid, ticket.id},
    [reply](const actors::claimed_call& call) {
      reply->send({.content_type = "application/json",
                   .body = fleet::write_document(call.what),
                   .headers = {{"Cache-Control", "no-store"}}});
    },
    [reply](const caf::error&) {
      send_error(reply, 404, "not_found",
                 "this call is not there to be given away, or is given away");
    });
}

void drain_page(const std::shared_ptr<const route_context>& context,
                net::http_request& request, const net::http_reply_ptr& reply) {
  if (!context->access->allows_origin(request)) {
    send_error(reply, 403, "forbidden", "foreign Origin");
    return;
  }
  if (!admit_control(*context, request, reply))
    return;
  context->drain();
  reply->send({.status = 202,
               .content_type = "application/json",
               .body = R"({"status":"draining"})"});
}

} // namespace offhook::app
