#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "net/shard_loop.hpp"

namespace offhook::bench {

/// Asks a gateway for `/metrics`. `done` gets the page; where there is none, an
/// empty one and why.
/// @param base such as `http://127.0.0.1:5050`
void ask_metrics(net::shard_loop& loop, const std::string& base,
                 std::uint32_t timeout_ms,
                 std::function<void(std::string page, std::string why)> done);

/// The value on a page of metrics, cut to an integer; -1 where there is none.
/// @param name with its labels, if any
std::int64_t metric(const std::string& page, const std::string& name);

} // namespace offhook::bench
