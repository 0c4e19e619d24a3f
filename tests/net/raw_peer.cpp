#include "raw_peer.hpp"

#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/beast/websocket/detail/hybi13.hpp>

#include "net/frame_header.hpp"

namespace offhook::net::test {

namespace {

constexpr int patience_ms = 30'000;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return result;
}

void check(bool ok, const char* what) {
  if (!ok)
    throw std::runtime_error{std::string{what} + " failed"};
}

} // namespace

raw_peer::raw_peer(std::uint16_t port)
  : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto to = loopback(port);
  check(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0,
        "connect");
}

raw_peer raw_peer::adopt(int fd) {
  raw_peer result;
  result.fd_ = fd;
  return result;
}

raw_peer::raw_peer(raw_peer&& other) noexcept
  : fd_(std::exchange(other.fd_, -1)),
    in_(std::move(other.in_)) {
}

raw_peer::~raw_peer() {
  if (fd_ >= 0)
    ::close(fd_);
}

void raw_peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return; // The peer has had enough: what follows shows it.
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool raw_peer::fill() {
  pollfd p{fd_, POLLIN, 0};
  if (::poll(&p, 1, patience_ms) <= 0)
    return false;
  char buffer[65536];
  auto n = ::recv(fd_, buffer, sizeof buffer, 0);
  if (n <= 0)
    return false;
  in_.append(buffer, static_cast<std::size_t>(n));
  return true;
}

std::string raw_peer::read_until(std::string_view mark) {
  std::size_t at;
  while ((at = in_.find(mark)) == std::string::npos)
    if (!fill())
      return std::exchange(in_, {});
  return read_exactly(at + mark.size());
}

std::string raw_peer::read_exactly(std::size_t n) {
  while (in_.size() < n && fill())
    ;
  auto result = in_.substr(0, n);
  in_.erase(0, n);
  return result;
}

std::string raw_peer::read_response() {
  auto result = read_until("\r\n\r\n");
  constexpr std::string_view name = "Content-Length: ";
  if (auto at = result.find(name); at != std::string::npos)
    result += read_exactly(std::stoul(result.substr(at + name.size())));
  return result;
}

std::string raw_peer::read_all() {
  while (fill())
    ;
  return std::exchange(in_, {});
}

bool raw_peer::ended() {
  return in_.empty() && !fill();
}

void raw_peer::shutdown_send() {
  ::shutdown(fd_, SHUT_WR);
}

void raw_peer::reset() {
  linger x{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &x, sizeof x);
  ::close(std::exchange(fd_, -1));
}

void raw_peer::narrow() {
  int size = 4096;
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

std::string raw_peer::upgrade(std::string_view path) {
  send("GET " + std::string{path}
       + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
         "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  return read_response();
}

void raw_peer::send_frame(int opcode, std::string_view payload, bool fin,
                          bool masked) {
  send(make_frame(opcode, payload, fin, masked));
}

std::optional<raw_peer::frame> raw_peer::read_frame() {
  std::optional<std::uint64_t> size;
  while (!(size = frame_size(in_)))
    if (!fill())
      return std::nullopt;
  auto bytes = read_exactly(*size);
  if (bytes.size() < *size)
    return std::nullopt;
  auto is_masked = (bytes[1] & 0x80) != 0;
  auto length = static_cast<unsigned>(bytes[1] & 0x7f);
  std::size_t header = 2 + (length == 126 ? 2 : length == 127 ? 8 : 0);
  frame result{bytes[0] & 0x0f, bytes.substr(header + (is_masked ? 4 : 0))};
  if (is_masked)
    for (std::size_t i = 0; i < result.payload.size(); ++i)
      result.payload[i]
        = static_cast<char>(result.payload[i] ^ bytes[header + i % 4]);
  return result;
}

std::string make_frame(int opcode, std::string_view payload, bool fin,
                       bool masked) {
  std::string result;
  result += static_cast<char>((fin ? 0x80 : 0) | opcode);
  auto size = payload.size();
  auto mask = masked ? 0x80 : 0;
  if (size < 126) {
    result += static_cast<char>(mask | static_cast<int>(size));
  } else {
    auto bytes = size < 65536 ? 2 : 8;
    result += static_cast<char>(mask | (bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i)
      result += static_cast<char>(size >> (8 * i));
  }
  if (!masked)
    return result.append(payload);
  constexpr std::string_view key = "\x11\x22\x33\x44";
  result += key;
  for (std::size_t i = 0; i < size; ++i)
    result += static_cast<char>(payload[i] ^ key[i % 4]);
  return result;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string result;
  result += static_cast<char>(code >> 8);
  result += static_cast<char>(code & 0xff);
  return result.append(reason);
}

raw_listener::raw_listener()
  : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  auto at = loopback(0);
  socklen_t size = sizeof at;
  auto* address = reinterpret_cast<sockaddr*>(&at);
  check(::bind(fd_, address, size) == 0 && ::listen(fd_, 16) == 0
          && ::getsockname(fd_, address, &size) == 0,
        "listen");
  port_ = ntohs(at.sin_port);
}

raw_listener::~raw_listener() {
  ::close(fd_);
}

raw_peer raw_listener::accept() {
  pollfd p{fd_, POLLIN, 0};
  check(::poll(&p, 1, patience_ms) > 0, "accept");
  return raw_peer::adopt(::accept(fd_, nullptr, nullptr));
}

raw_peer raw_listener::accept_websocket() {
  namespace ws = boost::beast::websocket::detail;
  auto result = accept();
  auto request = result.read_until("\r\n\r\n");
  constexpr std::string_view name = "Sec-WebSocket-Key: ";
  auto key = request.substr(request.find(name) + name.size(), 24);
  ws::sec_ws_accept_type answer;
  ws::make_sec_ws_accept(answer, key);
  result.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
              "Upgrade: websocket\r\nSec-WebSocket-Accept: "
              + std::string{answer.data(), answer.size()} + "\r\n\r\n");
  return result;
}

} // namespace offhook::net::test
