#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/routes.hpp"
#include "app/webhook_tools.hpp"

/// Calls that begin elsewhere and go on here, and the other way round.
namespace offhook::app {

/// How a call that is not new is admitted. @param agent by name; empty: the
/// default one
using past_call_admission
  = std::function<void(const std::string& agent, actors::call_past_ptr past)>;

/// A webhook with a ticket of another instance: fetches what was said and then
/// admits the call. It is admitted too where that cannot be had, whatever the
/// reason: somebody is on the line. On the loop of `reply`, later.
void take_over(const std::shared_ptr<const route_context>& context,
               const webhook& hook, const net::http_reply_ptr& reply,
               past_call_admission admit);

/// Whether a conversation may be fetched from an origin: what was said goes
/// over TLS, or does not leave this machine.
bool is_safe_origin(const std::string& origin);

/// Whether Twilio asks us because another instance failed in the middle of the
/// call. @see fallback URLs in Twilio's voice webhooks: `ErrorUrl`, and a
/// status of a call that was answered
bool was_cut(const webhook& hook);

/// The past of such a call.
actors::call_past_ptr cut_past();

/// `/v1/handover`: gives a call away that we redirected, to whoever shows its
/// ticket. Once.
void handover_page(const std::shared_ptr<const route_context>& context,
                   net::http_request& request,
                   const net::http_reply_ptr& reply);

/// `/v1/drain`: as SIGTERM.
void drain_page(const std::shared_ptr<const route_context>& context,
                net::http_request& request, const net::http_reply_ptr& reply);

} // namespace offhook::app
