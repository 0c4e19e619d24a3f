#include "net/ws_stream_impl.hpp"

namespace offhook::net {

template ws_core_ptr ws_accept(shard_loop&, std::unique_ptr<tls_transport>,
                               const ws_limits&, std::string_view,
                               const upgrade_request&, accept_handler);

template ws_core_ptr ws_upgrade(shard_loop&, std::unique_ptr<tls_transport>,
                                const ws_limits&, const upgrade_target&,
                                upgrade_handler);

template ws_core_ptr ws_resume(shard_loop&, std::unique_ptr<tls_transport>,
                               ws_parcel&);

} // namespace offhook::net
