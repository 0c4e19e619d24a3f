#include "name_server.hpp"

#include <stdexcept>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace offhook::net::test {

name_server::name_server()
  : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* address = reinterpret_cast<sockaddr*>(&at);
  if (::bind(fd_, address, size) != 0
      || ::getsockname(fd_, address, &size) != 0)
    throw std::runtime_error{"no name server"};
  port_ = ntohs(at.sin_port);
  thread_ = std::thread{[this] { run(); }};
}

name_server::~name_server() {
  // An empty packet from ourselves ends the thread.
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port_);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::sendto(fd_, "", 0, 0, reinterpret_cast<sockaddr*>(&at), sizeof at);
  thread_.join();
  ::close(fd_);
}

void name_server::set(const std::string& name,
                      std::vector<std::string> addresses, std::uint32_t ttl) {
  std::lock_guard guard{mutex_};
  entries_[name] = {std::move(addresses), ttl};
}

void name_server::run() {
  for (;;) {
    char buffer[512];
    sockaddr_in from{};
    socklen_t size = sizeof from;
    auto* address = reinterpret_cast<sockaddr*>(&from);
    auto n = ::recvfrom(fd_, buffer, sizeof buffer, 0, address, &size);
    if (n <= 0)
      return;
    auto text = answer({buffer, static_cast<std::size_t>(n)});
    if (!silent_ && !text.empty())
      ::sendto(fd_, text.data(), text.size(), 0, address, size);
  }
}

std::string name_server::answer(const std::string& question) {
  constexpr std::size_t header = 12;
  if (question.size() < header + 5)
    return {};
  std::string name;
  auto at = header;
  while (question[at] != 0) {
    auto length = static_cast<std::size_t>(question[at]);
    if (at + length + 5 > question.size())
      return {};
    name += (name.empty() ? "" : ".") + question.substr(at + 1, length);
    at += length + 1;
  }
  auto is_a = question[at + 2] == 1;
  if (is_a)
    ++questions_;
  std::lock_guard guard{mutex_};
  auto i = entries_.find(name);
  auto found = i == entries_.end() || !is_a ? std::vector<std::string>{}
                                            : i->second.addresses;
  auto code = i == entries_.end() ? '\3' : '\0';
  std::string result = question.substr(0, 2);
  result += {'\x81', static_cast<char>('\x80' | code), 0, 1, 0};
  result += static_cast<char>(found.size());
  result += {0, 0, 0, 0};
  result += question.substr(header, at + 5 - header);
  for (auto& address : found) {
    result += {'\xc0', '\x0c', 0, 1, 0, 1};
    for (int shift = 24; shift >= 0; shift -= 8)
      result += static_cast<char>(i->second.ttl >> shift);
    result += {0, 4};
    in_addr bytes{};
    ::inet_pton(AF_INET, address.c_str(), &bytes);
    result.append(reinterpret_cast<char*>(&bytes), 4);
  }
  return result;
}

} // namespace offhook::net::test
