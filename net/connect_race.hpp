#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "net/asio_types.hpp"

namespace offhook::net {

/// Connects to the first of several addresses that answers: the next one is
/// tried when one fails, and also when it is slow, beside it.
/// Lives by its pending operations. On its loop only.
/// @see RFC 8305
class connect_race : public std::enable_shared_from_this<connect_race> {
public:
  /// An open socket, or why there is none.
  using handler = std::function<void(tcp_socket, const std::string&)>;

  connect_race(asio::io_context& io, std::vector<asio::ip::address> addresses,
               std::uint16_t port, handler done);

  /// `done` is called once, never from within this call.
  void start();

  /// `done` is not called any more.
  void cancel();

private:
  void try_next();
  void tried(std::size_t index, const error_code& ec);
  void finish(tcp_socket socket, const std::string& error);

  asio::io_context& io_;
  std::vector<tcp::endpoint> endpoints_;
  std::vector<tcp_socket> sockets_; // Of those that were tried.
  std::size_t under_way_ = 0;
  std::string error_;
  handler done_; // Null once it is over.
  loop_timer timer_;
};

} // namespace offhook::net
