#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/transport.hpp"
#include "net/ws_core.hpp"

namespace offhook::net {

using upgrade_request = beast::http::request<beast::http::string_body>;
using upgrade_response = beast::http::response<beast::http::string_body>;

/// What the client asks for.
struct upgrade_target {
  std::string host; ///< as in `Host`
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Where there is no error, the session is to be opened next; else given up.
using ws_core_ptr = std::shared_ptr<ws_core>;
using accept_handler = std::function<void(error_code, const ws_core_ptr&)>;
using upgrade_handler = std::function<void(error_code, const ws_core_ptr&,
                                           const upgrade_response&)>;

// Three ways to a session, each for both transports. It lives on `loop`, to
// which the transport belongs, and is in its handshake's time, or (`unpack`)
// open.

/// Answers an upgrade; `unread` is what was read behind the request.
template <class Next>
ws_core_ptr ws_accept(shard_loop& loop, std::unique_ptr<Next> transport,
                      const ws_limits& limits, std::string_view unread,
                      const upgrade_request& request, accept_handler done);

/// Asks for an upgrade.
template <class Next>
ws_core_ptr ws_upgrade(shard_loop& loop, std::unique_ptr<Next> transport,
                       const ws_limits& limits, const upgrade_target& target,
                       upgrade_handler done);

/// Goes on with a socket that comes from another loop.
template <class Next>
ws_core_ptr
ws_resume(shard_loop& loop, std::unique_ptr<Next> transport, ws_parcel& parcel);

} // namespace offhook::net
