#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/environment.hpp"

namespace offhook::tests {

/// The servers of the operator, played by the test: requests wait until it
/// answers them.
struct fake_http {
  struct exchange final : net::http_exchange {
    void cancel() override {
      cancelled = true;
      done = {};
    }

    net::http_client_request request;
    std::function<void(net::http_client_result)> done;
    bool cancelled = false;
  };

  void install(actors::environment& env) {
    env.tool_secret = "tool secret";
    env.http = [this](net::http_client_request request,
                      std::function<void(net::http_client_result)> done) {
      auto x = std::make_shared<exchange>();
      x->request = std::move(request);
      x->done = std::move(done);
      exchanges.push_back(x);
      return x;
    };
  }

  /// Also one that was cancelled: its answer may be under way.
  void answer(std::size_t index, net::http_client_result result) {
    auto done = std::exchange(exchanges.at(index)->done, {});
    if (done)
      done(std::move(result));
  }

  void answer(std::size_t index, std::string body, unsigned status = 200) {
    answer(index, net::http_client_response{status, {}, std::move(body)});
  }

  std::vector<std::shared_ptr<exchange>> exchanges;
};

/// A function with a schema that takes any object.
inline actors::webhook_tool make_tool(std::string name) {
  std::string error;
  actors::webhook_tool result;
  result.schema = protocol::json_schema::compile(R"({"type":"object"})", error);
  result.url = "https://tools.example.com/" + name;
  result.name = std::move(name);
  return result;
}

} // namespace offhook::tests
