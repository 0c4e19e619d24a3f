#include "net/http_stream_impl.hpp"

namespace offhook::net {

void start_tls_session(std::shared_ptr<http_server> server, shard_loop& loop,
                       tcp_socket socket, std::shared_ptr<void> place) {
  auto transport = std::make_unique<tls_transport>(
    gated_socket{std::move(socket)}, *server->tls());
  std::make_shared<http_stream<tls_transport>>(std::move(server), loop,
                                               std::move(transport),
                                               std::move(place))
    ->start();
}

} // namespace offhook::net
