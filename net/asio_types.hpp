#pragma once

#include <chrono>
#include <string_view>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/string_type.hpp>
#include <boost/system/error_code.hpp>

// Names of this room's own files; its interface has none of them. All executors
// are the concrete one of an io_context: the type-erased default costs a
// virtual call and an allocation here and there.
namespace offhook::net {

namespace asio = boost::asio;
namespace beast = boost::beast;

using boost::system::error_code;
using tcp = asio::ip::tcp;
using io_executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<tcp, io_executor>;
using tcp_acceptor = asio::basic_socket_acceptor<tcp, io_executor>;
using loop_timer
  = asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>,
                               io_executor>;

/// Beast's strings as everybody else's.
inline std::string_view view(beast::string_view x) {
  return {x.data(), x.size()};
}

} // namespace offhook::net
