#include <utility>

#include "net/ws_stream.hpp"

namespace offhook::net {

web_socket_ptr unpack(shard_loop& loop, ws_parcel& parcel) {
  tcp_socket socket{loop.io()};
  error_code ec;
  socket.assign(parcel.protocol, parcel.fd, ec);
  if (!ec)
    parcel.fd = -1; // Else the parcel closes it, and the first read fails.
  std::shared_ptr<ws_core> core;
  if (auto* ssl = static_cast<SSL*>(std::exchange(parcel.ssl, nullptr)))
    core = ws_resume(
      loop,
      std::make_unique<tls_transport>(gated_socket{std::move(socket)}, ssl),
      parcel);
  else
    core = ws_resume(loop, std::make_unique<plain_transport>(std::move(socket)),
                     parcel);
  return make_handle(core, loop);
}

} // namespace offhook::net
