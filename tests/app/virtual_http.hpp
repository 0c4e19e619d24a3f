#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.hpp"

namespace offhook::tests {

/// Keeps the answer of a route; an upgrade gets the socket that is there.
template <class Socket>
struct virtual_reply final : net::http_reply {
  std::optional<net::http_response> answer;
  std::shared_ptr<Socket> socket;

  void send(net::http_response response) override {
    answer = std::move(response);
  }

  void accept(const net::ws_limits&,
              std::function<void(net::web_socket_ptr)> accepted) override {
    accepted(socket);
  }

  net::shard_loop& loop() const noexcept override {
    return Socket::home();
  }
};

/// The request as a listener on `127.0.0.1:5050` reads it.
inline net::http_request
virtual_request(std::string method, std::string_view url,
                std::vector<std::pair<std::string, std::string>> headers,
                std::string body) {
  net::http_request result;
  result.method = std::move(method);
  const auto host = url.find("//") + 2;
  const auto target = url.find('/', host);
  result.target = target == url.npos ? "/" : url.substr(target);
  const auto query = result.target.find('?');
  result.path = result.target.substr(0, query);
  if (query != std::string::npos)
    result.query = result.target.substr(query + 1);
  result.headers = std::move(headers);
  result.headers.emplace_back("Host", "127.0.0.1:5050");
  result.body = std::move(body);
  result.peer_address = "127.0.0.1";
  return result;
}

} // namespace offhook::tests
