#include "app/inspect_routes.hpp"

#include <chrono>

#include "actors/metrics_text.hpp"
#include "app/ask.hpp"
#include "app/call_json.hpp"

namespace offhook::app {

namespace {

constexpr std::chrono::seconds patience{5};
constexpr std::string_view call_prefix = "/v1/calls/";
constexpr std::string_view transcript_suffix = "/transcript";

constexpr std::string_view page = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Offhook</title></head>
<body><h1>Offhook answers</h1>
<p>This server answers phone calls with a realtime AI agent. Point the voice
webhook of a Twilio number at <code>/incoming-call</code>.</p>
<ul><li><a href="/v1/calls">Calls</a></li><li><a href="/metrics">Metrics</a>
</li><li><a href="/readyz">Readiness</a></li></ul></body></html>
)";

void send_json(const net::http_reply_ptr& reply, unsigned status,
               std::string body) {
  reply->send({.status = status,
               .content_type = "application/json",
               .body = std::move(body),
               .headers = {{"Cache-Control", "no-store"}}});
}

void send_error(const net::http_reply_ptr& reply, const caf::error& error) {
  if (error == caf::sec::no_such_key)
    send_json(reply, 404, error_json("not_found", "no such call"));
  else
    send_json(reply, 503, error_json("unavailable", caf::to_string(error)));
}

} // namespace

bool admit_control(const route_context& context,
                   const net::http_request& request,
                   const net::http_reply_ptr& reply) {
  if (context.access->allows_control(request))
    return true;
  reply->send({.status = 401,
               .content_type = "application/json",
               .body = error_json("unauthorized",
                                  "send Authorization: Bearer with the value "
                                  "of OFFHOOK_API_TOKEN"),
               .headers = {{"WWW-Authenticate", "Bearer"}}});
  return false;
}

void front_page(const context_ptr&, net::http_request&,
                const net::http_reply_ptr& reply) {
  reply->send(
    {.content_type = "text/html; charset=utf-8", .body = std::string{page}});
}

void healthz(const context_ptr&, net::http_request&,
             const net::http_reply_ptr& reply) {
  send_json(reply, 200, R"({"status":"ok"})");
}

void readyz(const context_ptr& context, net::http_request&,
            const net::http_reply_ptr& reply) {
  if (context->ready())
    send_json(reply, 200, R"({"status":"ready"})");
  else
    send_json(reply, 503, R"({"status":"not_ready"})");
}

void metrics_page(const context_ptr& context, net::http_request&,
                  const net::http_reply_ptr& reply) {
  reply->send({.content_type = "text/plain; version=0.0.4; charset=utf-8",
               .body = actors::metrics_text(context->system->metrics())});
}

void calls_page(const context_ptr& context, net::http_request& request,
                const net::http_reply_ptr& reply) {
  if (!admit_control(*context, request, reply))
    return;
  ask(
    *context->system, context->registry, patience, actors::list_calls{},
    [reply](const actors::call_list& calls) {
      send_json(reply, 200, to_json(calls));
    },
    [reply](const caf::error& error) { send_error(reply, error); });
}

void call_page(const context_ptr& context, net::http_request& request,
               const net::http_reply_ptr& reply) {
  if (!admit_control(*context, request, reply))
    return;
  auto sid = request.path.substr(call_prefix.size());
  if (sid.ends_with(transcript_suffix)) {
    sid.resize(sid.size() - transcript_suffix.size());
    ask(
      *context->system, context->registry, patience,
      actors::get_document{std::move(sid)},
      [reply](const actors::call_document& said) {
        send_json(reply, 200, to_json(said));
      },
      [reply](const caf::error& error) { send_error(reply, error); });
    return;
  }
  ask(
    *context->system, context->registry, patience,
    actors::find_call{std::move(sid)},
    [reply](const actors::call_info& call) {
      send_json(reply, 200, to_json(call));
    },
    [reply](const caf::error& error) { send_error(reply, error); });
}

} // namespace offhook::app
