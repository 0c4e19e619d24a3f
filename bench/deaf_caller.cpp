#include "bench/deaf_caller.hpp"

#include <netinet/tcp.h>

#include <chrono>
#include <cstdio>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "bench/bench_call.hpp"
#include "protocol/g711.hpp"

namespace asio = boost::asio;
namespace g711 = offhook::protocol::g711;
namespace wire = offhook::app::standins::wire;

namespace offhook::bench {

namespace {

using asio::ip::tcp;

constexpr int room_bytes = 4096;

// The sender's room grows with the size of its segments, which on loopback are
// of 64 kB: minutes of a telephone's audio.
constexpr int segment_bytes = 536;

constexpr const char* upgrade
  = "GET /ai-stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

/// One text message as a client frames it (RFC 6455, section 5.2), with a mask
/// of zeros, which changes nothing. @pre text is of 126 to 65,535 bytes, or
/// less than 126
std::string frame(const std::string& text) {
  constexpr char final_text = '\x81';
  constexpr int masked = 0x80;
  constexpr int two_bytes_follow = 126;
  std::string result{final_text};
  auto size = static_cast<int>(text.size());
  if (size < two_bytes_follow) {
    result += static_cast<char>(masked | size);
  } else {
    result += static_cast<char>(masked | two_bytes_follow);
    result += static_cast<char>(size >> 8);
    result += static_cast<char>(size & 0xFF);
  }
  return result + std::string(4, '\0') + text;
}

} // namespace

deaf_caller::deaf_caller(std::uint16_t gateway_port, int number,
                         std::string agent)
  : thread_([this, gateway_port, number, agent = std::move(agent)] {
      try {
        run(gateway_port, number, agent);
      } catch (const boost::system::system_error& x) {
        // The gateway may end such a stream; its metrics say what it did.
        std::fprintf(stderr, "the deaf caller: %s\n", x.what());
      }
    }) {
}

deaf_caller::~deaf_caller() {
  over_ = true;
  thread_.join();
}

void deaf_caller::run(std::uint16_t port, int number,
                      const std::string& agent) const {
  asio::io_context io;
  tcp::socket socket{io, tcp::v4()};
  // Before it is connected, or the window is as large as ever.
  socket.set_option(asio::socket_base::receive_buffer_size{room_bytes});
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_MAXSEG, &segment_bytes,
             sizeof(segment_bytes));
  socket.connect({asio::ip::address_v4::loopback(), port});
  asio::write(socket, asio::buffer(std::string{upgrade}));
  std::string answer;
  asio::read_until(socket, asio::dynamic_buffer(answer), "\r\n\r\n");
  const auto stream = setup_of(number, agent);
  std::uint64_t sequence = 0;
  auto say = [&](const std::string& text) {
    asio::write(socket, asio::buffer(frame(text)));
  };
  say(wire::connected());
  say(wire::start(stream, ++sequence));
  const protocol::audio_bytes silence(g711::frame_bytes, std::byte{0xFF});
  for (auto next = std::chrono::steady_clock::now(); !over_;) {
    auto chunk = sequence++;
    say(wire::media(stream.stream_sid, sequence, chunk,
                    (chunk - 1) * g711::frame_ms, silence));
    next += std::chrono::milliseconds{g711::frame_ms};
    std::this_thread::sleep_until(next);
  }
  socket.set_option(asio::socket_base::linger{true, 0}); // A reset.
}

} // namespace offhook::bench
