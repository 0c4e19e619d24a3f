#pragma once

#include <cstdint>
#include <memory>

#include "net/http.hpp"

namespace offhook::net {

class http_session;

/// The reply to request `number` of `session`, which it does not keep alive.
http_reply_ptr make_reply(const std::shared_ptr<http_session>& session,
                          shard_loop& loop, std::uint64_t number);

} // namespace offhook::net
