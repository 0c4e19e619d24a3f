#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/routes.hpp"
#include "protocol/form.hpp"
#include "protocol/twiml.hpp"

/// What all of Twilio's webhooks have in common.
namespace offhook::app {

/// One webhook, read and authenticated.
struct webhook {
  protocol::form::fields params;
  protocol::form::fields query; ///< empty where it is no form
  std::string call_sid;
  std::string from;
  std::string to;
  bool caller_gone = false; ///< by its `CallStatus`, nobody is on the line
};

/// @returns nothing where the request is not to be served; it is answered then
std::optional<webhook> read_webhook(const route_context& context,
                                    const net::http_request& request,
                                    const net::http_reply_ptr& reply);

/// The same of a webhook that begins or goes on with a call: what has no proper
/// CallSid is not served.
std::optional<webhook> read_call_webhook(const route_context& context,
                                         const net::http_request& request,
                                         const net::http_reply_ptr& reply);

void send_twiml(const net::http_reply_ptr& reply,
                const std::vector<protocol::twiml::element>& verbs);

/// A sentence, if there is one, and the hang-up.
std::vector<protocol::twiml::element> hang_up_verbs(const std::string& text);
void send_hang_up(const net::http_reply_ptr& reply, const std::string& text);

/// What the query of the voice URL says beside the agent: it is filled into the
/// agent's texts, and goes with the stream. Bounded; what is not taken is
/// logged.
std::map<std::string, std::string> custom_parameters(const webhook& hook);

/// The same for all tries of one request; empty: Twilio told none. Bounded.
std::string retry_token_of(const net::http_request& request);

/// The verbs that bring a call's stream, with a token of its own, and what
/// follows when that is closed or could not be opened.
/// @param agent by name; empty: the default one
/// @param attempt number of the stream within the call, from 1 on
std::vector<protocol::twiml::element>
stream_verbs(const route_context& context, const net::http_request& request,
             const webhook& hook, const std::string& agent,
             std::uint32_t attempt);

/// The number of the stream that a `<Connect action>` asks about.
std::uint32_t stream_attempt(const webhook& hook);

} // namespace offhook::app
