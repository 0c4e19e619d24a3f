#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "net/asio_types.hpp"
#include "net/transport.hpp"
#include "net/ws_client.hpp"

namespace offhook::net {

/// For accepting: TLS 1.2 or later.
/// @throws std::runtime_error naming the file and the cause
asio::ssl::context make_server_context(const std::string& cert_file,
                                       const std::string& key_file);

/// Shared by all that dial with the same trust, on all loops.
struct tls_trust::impl {
  asio::ssl::context context;
};

/// A transport for dialling `host` (a name or an address): it will verify the
/// peer's chain and that its certificate is for that host, and names it in the
/// handshake (SNI).
std::unique_ptr<tls_transport> make_tls_client(tcp_socket socket,
                                               tls_trust::impl& trust,
                                               const std::string& host);

/// Why the handshake of `transport` failed: what is wrong with the peer's
/// certificate, if that was it.
std::string tls_error(tls_transport& transport, const error_code& ec);

} // namespace offhook::net
