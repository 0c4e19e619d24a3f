#include "net/http_stream_impl.hpp"

namespace offhook::net {

void start_plain_session(std::shared_ptr<http_server> server, shard_loop& loop,
                         tcp_socket socket, std::shared_ptr<void> place) {
  auto transport = std::make_unique<plain_transport>(std::move(socket));
  std::make_shared<http_stream<plain_transport>>(std::move(server), loop,
                                                 std::move(transport),
                                                 std::move(place))
    ->start();
}

} // namespace offhook::net
