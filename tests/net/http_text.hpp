#pragma once

#include <string>
#include <utility>

#include "net/http.hpp"

namespace offhook::net::test {

/// Says what it was asked for.
inline void echo(http_request head, http_reply_ptr reply) {
  http_response response;
  response.body = head.method + " " + head.path + " [" + head.query + "] "
                  + head.body;
  response.headers = {{"X-Test", "1"}};
  reply->send(std::move(response));
}

// Of a response as bytes.

inline std::string body_of(const std::string& response) {
  auto at = response.find("\r\n\r\n");
  return at == response.npos ? "none" : response.substr(at + 4);
}

inline std::string status_of(const std::string& response) {
  return response.size() > 12 ? response.substr(9, 3) : "none";
}

} // namespace offhook::net::test
