#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/beast/core/flat_buffer.hpp>

#include "net/asio_types.hpp"
#include "net/connect_race.hpp"
#include "net/http_client.hpp"
#include "net/http_client_message.hpp"
#include "net/transport.hpp"
#include "net/url.hpp"

namespace offhook::net {

/// One connection of a client, plain or TLS: opened once, then good for one
/// exchange after the other. Its callbacks are called once each, never from
/// within the call that took them, and not after `close`. It has no clock: who
/// holds it does. On its loop only.
class http_connection : public std::enable_shared_from_this<http_connection> {
public:
  /// Nothing where it is open.
  using opened = std::function<void(std::optional<http_client_error>)>;
  using answered = std::function<void(http_client_result)>;

  /// Whether an address that the host was resolved to may be dialled.
  using address_check = std::function<bool(const asio::ip::address&)>;

  explicit http_connection(asio::io_context& io) : io_(io) {
  }

  /// Resolves, connects to one of the very addresses that passed the check,
  /// and secures.
  /// @param trust needed for https
  void open(ws_url url, std::shared_ptr<tls_trust> trust,
            address_check may_dial, opened done);

  /// Sends one request and reads its response whole. @pre open and idle
  void exchange(client_message message, std::size_t max_header_bytes,
                std::size_t max_body_bytes, answered done);

  /// Ends it, whatever is under way.
  void close();

  /// Whether the response under way, or the last one, began.
  bool heard() const noexcept {
    return heard_;
  }

  /// Whether both sides are willing to do another exchange.
  bool reusable() const noexcept {
    return reusable_;
  }

  /// While idle: calls `gone` when the peer ends it, or says what nobody asked
  /// for.
  void watch(std::function<void()> gone);
  void unwatch();

  /// What is under way, for people.
  const char* stage() const noexcept {
    return stage_;
  }

private:
  void connect(const std::vector<asio::ip::address>& found,
               const std::string& error);
  void connected(tcp_socket socket, const std::string& error);
  void finish_open(std::optional<http_client_error> error);
  void finish_exchange(http_client_result result);
  tcp_socket* socket();

  template <class Next>
  void write(Next& next);
  template <class Next>
  void read(Next& next);
  template <class Next>
  void received(Next& next, error_code ec);

  asio::io_context& io_;
  const char* stage_ = "starting";
  ws_url url_;
  std::shared_ptr<tls_trust> trust_;
  address_check may_dial_;
  opened opened_;
  std::shared_ptr<connect_race> race_;
  std::unique_ptr<plain_transport> plain_;
  std::unique_ptr<tls_transport> tls_;

  client_message message_;
  std::size_t max_header_bytes_ = 0;
  std::size_t max_body_bytes_ = 0;
  answered answered_;
  beast::flat_buffer buffer_;
  std::optional<client_response_parser> parser_;
  unsigned interim_ = 0;
  bool heard_ = false;
  bool reusable_ = false;
  bool sent_whole_ = false;

  std::function<void()> gone_;
  std::uint64_t watch_ = 0; // Which one is meant.
};

using http_connection_ptr = std::shared_ptr<http_connection>;

} // namespace offhook::net
