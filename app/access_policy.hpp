#pragma once

#include <string>
#include <string_view>

#include "net/http.hpp"
#include "protocol/form.hpp"

namespace offhook::app {

/// Who may do what: an answering machine that spends money must not be an open
/// line. Pure decisions over one request and the configuration.
class access_policy {
public:
  enum class upgrade_check { off, log, enforce };

  struct options {
    std::string bind_address = "127.0.0.1";
    std::string public_url; ///< origin, without a trailing slash; or empty
    std::string auth_token; ///< Twilio's; or empty
    std::string api_token;  ///< of the control API; or empty
    std::string signatures = "auto"; ///< auto, on, off
    upgrade_check upgrade = upgrade_check::enforce;
  };

  explicit access_policy(options x);

  /// Why the server must not start with this configuration; empty: it may.
  std::string refusal() const;

  /// A tunnel's peer is 127.0.0.1 too, so local means: bound to loopback and no
  /// public URL, and the request has a loopback peer, no forwarded header and
  /// no foreign `Host`.
  bool is_local(const net::http_request& request) const;

  /// Whether a webhook may be served: signed where signatures are checked, else
  /// local. `why` says why not.
  bool allows_webhook(const net::http_request& request,
                      const protocol::form::fields& params,
                      std::string& why) const;

  struct stream_verdict {
    bool allowed = false;
    bool needs_token = true; ///< false: may begin a call without one
    std::string why;         ///< why not, or what would have been refused
  };

  /// Whether Twilio's WebSocket may be upgraded.
  stream_verdict check_stream(const net::http_request& request) const;

  /// Whether no web page other than our own sent this request, so that none may
  /// spend the key. A browser says `Origin` or, of a request that a page made
  /// without scripts (an image, say), only `Sec-Fetch-Site`.
  bool allows_origin(const net::http_request& request) const;

  /// The control API: local requests, or the bearer token.
  bool allows_control(const net::http_request& request) const;

  /// Our origin as the peer of this request reaches it, such as
  /// `https://voice.example.com`, with the scheme `ws`/`wss` for `socket`.
  std::string origin_for(const net::http_request& request, bool socket) const;

  bool checks_signatures() const noexcept;

private:
  bool bound_to_loopback() const;

  options options_;
};

/// `127.0.0.0/8`, `::1` or `localhost`, with or without brackets.
bool is_loopback(std::string_view host);

/// The host of a `Host` header, without its port.
std::string_view host_of(std::string_view authority);

} // namespace offhook::app
