#include "bench/metrics_page.hpp"

#include <charconv>
#include <utility>

#include "net/http_client.hpp"

namespace offhook::bench {

void ask_metrics(net::shard_loop& loop, const std::string& base,
                 std::uint32_t timeout_ms,
                 std::function<void(std::string page, std::string why)> done) {
  net::http_client_request request;
  request.url = base + "/metrics";
  request.timeout_ms = timeout_ms;
  net::http_send(loop, std::move(request),
                 [done = std::move(done)](net::http_client_result answer) {
                   if (auto* x
                       = std::get_if<net::http_client_response>(&answer))
                     done(std::move(x->body), {});
                   else
                     done({}, std::get<net::http_client_error>(answer).text);
                 });
}

std::int64_t metric(const std::string& page, const std::string& name) {
  auto at = page.find('\n' + name + ' ');
  std::int64_t result = -1;
  if (at != page.npos) {
    const auto* begin = page.data() + at + name.size() + 2;
    std::from_chars(begin, page.data() + page.size(), result);
  }
  return result;
}

} // namespace offhook::bench
