#include "app/routes.hpp"

#include <algorithm>

#include <caf/actor_system.hpp>
#include <spdlog/spdlog.h>

#include "actors/stream_lobby.hpp"
#include "app/call_json.hpp"
#include "app/inspect_routes.hpp"
#include "app/takeover.hpp"
#include "app/webhooks.hpp"

namespace offhook::app {

namespace {

using handler = void (*)(const std::shared_ptr<const route_context>&,
                         net::http_request&, const net::http_reply_ptr&);

struct route {
  std::string_view path;
  bool prefix = false; ///< the path goes on behind it
  std::vector<std::string_view> methods;
  handler handle;
};

void upgrade_required(const std::shared_ptr<const route_context>&,
                      net::http_request&, const net::http_reply_ptr& reply) {
  reply->send({.status = 426,
               .content_type = "application/json",
               .body = error_json("upgrade_required",
                                  "this is the WebSocket of Media Streams"),
               .headers = {{"Upgrade", "websocket"}}});
}

const std::vector<route>& table() {
  static const std::vector<route> result{
    {"/", false, {"GET"}, &front_page},
    {"/incoming-call", false, {"GET", "POST"}, &incoming_call},
    {"/menu", false, {"GET", "POST"}, &menu_page},
    {"/ai-stream", false, {"GET", "POST"}, &upgrade_required},
    {"/stream-ended", false, {"GET", "POST"}, &stream_ended},
    {"/transfer-ended", false, {"GET", "POST"}, &transfer_ended},
    {"/healthz", false, {"GET"}, &healthz},
    {"/readyz", false, {"GET"}, &readyz},
    {"/metrics", false, {"GET"}, &metrics_page},
    {"/v1/drain", false, {"POST"}, &drain_page},
    {"/v1/handover", false, {"POST"}, &handover_page},
    {"/v1/calls", false, {"GET"}, &calls_page},
    {"/v1/calls/", true, {"GET"}, &call_page},
  };
  return result;
}

const route* find_route(std::string_view path) {
  for (const auto& x : table())
    if (x.prefix ? path.starts_with(x.path) && path.size() > x.path.size()
                 : path == x.path)
      return &x;
  return nullptr;
}

void on_request(const std::shared_ptr<const route_context>& context,
                net::http_request& request, const net::http_reply_ptr& reply) {
  const auto* found = find_route(request.path);
  if (!found) {
    reply->send({.status = 404,
                 .content_type = "application/json",
                 .body = error_json("not_found", "no such route")});
    return;
  }
  // HEAD is GET without a body, which the listener leaves out.
  auto method = request.method == "HEAD" ? "GET" : request.method;
  if (std::find(found->methods.begin(), found->methods.end(), method)
      == found->methods.end()) {
    std::string allow;
    for (auto x : found->methods)
      allow.append(allow.empty() ? "" : ", ").append(x);
    reply->send({.status = 405,
                 .content_type = "application/json",
                 .body = error_json("method_not_allowed", "allowed: " + allow),
                 .headers = {{"Allow", allow}}});
    return;
  }
  found->handle(context, request, reply);
}

void on_upgrade(const std::shared_ptr<const route_context>& context,
                net::http_request& request, const net::http_reply_ptr& reply) {
  auto refuse = [&reply](unsigned status, std::string_view code,
                         std::string_view message) {
    reply->send({.status = status,
                 .content_type = "application/json",
                 .body = error_json(code, message)});
  };
  if (!context->access->allows_origin(request)) {
    spdlog::warn("listener refuses upgrade reason=foreign_origin");
    refuse(403, "foreign_origin", "web pages may not open this socket");
    return;
  }
  if (request.path != "/ai-stream") {
    refuse(404, "not_found", "no such WebSocket");
    return;
  }
  auto verdict = context->access->check_stream(request);
  if (!verdict.why.empty())
    spdlog::warn("listener {} stream upgrade reason=\"{}\"",
                 verdict.allowed ? "would refuse" : "refuses", verdict.why);
  if (!verdict.allowed) {
    context->env->metrics->refused_streams->inc();
    refuse(403, "bad_signature", "this upgrade is not signed by Twilio");
    return;
  }
  reply->accept(context->stream_limits, [context,
                                         needs_token = verdict.needs_token](
                                          net::web_socket_ptr socket) {
    if (socket)
      actors::receive_stream(*context->system, context->env, context->registry,
                             std::move(socket), context->loops, needs_token);
  });
}

} // namespace

net::http_handler make_routes(std::shared_ptr<const route_context> context) {
  return {
    .on_request =
      [context](net::http_request request, net::http_reply_ptr reply) {
        on_request(context, request, reply);
      },
    .on_upgrade =
      [context](net::http_request request, net::http_reply_ptr reply) {
        on_upgrade(context, request, reply);
      },
  };
}

} // namespace offhook::app
