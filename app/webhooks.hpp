#pragma once

#include <memory>

#include "app/routes.hpp"

namespace offhook::app {

/// `/incoming-call`: admits the call and answers with the TwiML that connects
/// its stream, or asks the menu first. Twilio always gets a document, whatever
/// goes wrong.
void incoming_call(const std::shared_ptr<const route_context>& context,
                   net::http_request& request,
                   const net::http_reply_ptr& reply);

/// `/menu`: asks which agent is wanted, and goes on as `/incoming-call` does
/// with the one that was chosen. No session is open before.
void menu_page(const std::shared_ptr<const route_context>& context,
               net::http_request& request, const net::http_reply_ptr& reply);

/// `/stream-ended`, the `<Connect action>`: what follows once the stream is
/// over. The transfer or the tones that the agent asked for; another stream
/// where it was lost; else a sentence where the call failed, then the hang-up.
void stream_ended(const std::shared_ptr<const route_context>& context,
                  net::http_request& request, const net::http_reply_ptr& reply);

/// `/transfer-ended`, the `<Dial action>`: back to the agent where nobody could
/// be had, else the hang-up.
void transfer_ended(const std::shared_ptr<const route_context>& context,
                    net::http_request& request,
                    const net::http_reply_ptr& reply);

} // namespace offhook::app
