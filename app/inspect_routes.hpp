#pragma once

#include <memory>

#include "app/routes.hpp"

namespace offhook::app {

using context_ptr = std::shared_ptr<const route_context>;

/// Whether the control API is open to this request; answers where not.
bool admit_control(const route_context& context,
                   const net::http_request& request,
                   const net::http_reply_ptr& reply);

/// `/`: what this is, for people.
void front_page(const context_ptr&, net::http_request&,
                const net::http_reply_ptr&);

/// `/healthz`: alive. `/readyz`: able and willing to take a call, else 503.
void healthz(const context_ptr&, net::http_request&,
             const net::http_reply_ptr&);
void readyz(const context_ptr&, net::http_request&, const net::http_reply_ptr&);

/// `/metrics`, Prometheus text.
void metrics_page(const context_ptr&, net::http_request&,
                  const net::http_reply_ptr&);

/// `/v1/calls`, `/v1/calls/{sid}` and `/v1/calls/{sid}/transcript`: JSON; local
/// or with the bearer token.
void calls_page(const context_ptr&, net::http_request&,
                const net::http_reply_ptr&);
void call_page(const context_ptr&, net::http_request&,
               const net::http_reply_ptr&);

} // namespace offhook::app
