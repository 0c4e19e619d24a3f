#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace offhook::net::test {

/// A peer made of bytes, on the test's own thread: says what no library would.
class raw_peer {
public:
  /// Connects to 127.0.0.1. @throws std::runtime_error
  explicit raw_peer(std::uint16_t port);

  /// Takes over a socket.
  static raw_peer adopt(int fd);

  raw_peer(raw_peer&& other) noexcept;
  raw_peer(const raw_peer&) = delete;
  raw_peer& operator=(const raw_peer&) = delete;
  ~raw_peer();

  void send(std::string_view bytes);

  /// Reads until the end of `mark`, or what came before the end or the limit of
  /// patience.
  std::string read_until(std::string_view mark);
  std::string read_exactly(std::size_t n);

  /// Reads one HTTP response that says how long it is. @returns it whole
  std::string read_response();

  /// Reads until the peer ends the connection.
  std::string read_all();

  /// Whether the connection ends, in whichever way, without another byte.
  bool ended();

  void shutdown_send();

  /// Ends the connection with a reset.
  void reset();

  /// A receive buffer that is soon full.
  void narrow();

  // -- WebSocket --------------------------------------------------------------

  /// Does the handshake as a client. @returns the server's response
  std::string upgrade(std::string_view path = "/");

  struct frame {
    int opcode = 0;
    std::string payload;
  };

  void send_frame(int opcode, std::string_view payload, bool fin = true,
                  bool masked = true);

  /// The next frame, or nothing where the connection ended.
  std::optional<frame> read_frame();

private:
  raw_peer() = default;

  bool fill();

  int fd_ = -1;
  std::string in_;
};

/// As it goes onto the wire.
std::string make_frame(int opcode, std::string_view payload, bool fin,
                       bool masked);

/// The payload of a close frame.
std::string close_payload(std::uint16_t code, std::string_view reason = {});

/// Listens on 127.0.0.1 and accepts on the test's own thread.
class raw_listener {
public:
  raw_listener();
  ~raw_listener();

  std::uint16_t port() const {
    return port_;
  }

  raw_peer accept();

  /// Takes a client's upgrade request and answers it.
  raw_peer accept_websocket();

private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

} // namespace offhook::net::test
