#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "net/asio_types.hpp"
#include "net/http_server.hpp"

namespace offhook::net {

/// One HTTP connection, without its bytes: reads a request, has it answered,
/// reads the next. `http_stream` adds Beast and the transport.
///
/// It lives by its pending operations, a timer always among them, and ends with
/// the connection, or where a WebSocket takes that over. On its loop only.
class http_session : public std::enable_shared_from_this<http_session> {
public:
  http_session(std::shared_ptr<http_server> server, shard_loop& loop);
  virtual ~http_session();

  /// Nothing but the request under way is served.
  void stop();

  // What the reply to request `number` asks for. Where it comes too late,
  // nothing happens, and `accepted` gets null.

  void send(std::uint64_t number, http_response response);
  void accept(std::uint64_t number, const ws_limits& limits,
              std::function<void(web_socket_ptr)> accepted);
  void reply_dropped(std::uint64_t number);

protected:
  using clock = std::chrono::steady_clock;

  enum class phase : std::uint8_t {
    waiting,   // For the first byte of a request.
    reading,   // A request.
    handling,  // The handler has it.
    writing,   // The response.
    lingering, // The last response is out.
    upgrading, // It has become a WebSocket.
    gone,
  };

  // -- for the transport's part -----------------------------------------------

  /// Waits for a request.
  void request_next(bool bytes_are_here);

  /// The first bytes of a request are here.
  void request_begins();

  /// The header is here; the body has as long once more.
  void request_goes_on();

  /// Gives the request to the handler. Touches nothing afterwards.
  void handle(http_request request, bool upgrade);

  /// Answers what the handler never sees, and ends the connection.
  void refuse(unsigned status);
  void refuse(http_response response);

  void written(bool keep_alive);

  /// The end of the connection.
  void gone();

  bool expects_bytes() const noexcept {
    return phase_ == phase::waiting || phase_ == phase::reading;
  }

  virtual void read_request() = 0;
  virtual void write(http_response response, bool keep_alive) = 0;
  virtual void linger() = 0;
  virtual bool keep_alive() const = 0;
  virtual void close() noexcept = 0;
  virtual void
  upgrade(const ws_limits& limits, std::function<void(web_socket_ptr)> accepted)
    = 0;

  std::shared_ptr<http_server> server_;
  shard_loop& loop_;

private:
  void respond(http_response response, bool keep_alive);
  void deadline(std::uint32_t ms);
  void on_time();

  phase phase_ = phase::waiting;
  bool first_ = true; // Request of this connection.
  bool is_upgrade_ = false;
  std::uint64_t number_ = 0;
  clock::time_point latest_ = clock::time_point::max();
  loop_timer timer_;
};

/// Makes a session for `socket`, which lives from then on.
void start_plain_session(std::shared_ptr<http_server> server, shard_loop& loop,
                         tcp_socket socket, std::shared_ptr<void> place);
void start_tls_session(std::shared_ptr<http_server> server, shard_loop& loop,
                       tcp_socket socket, std::shared_ptr<void> place);

} // namespace offhook::net
