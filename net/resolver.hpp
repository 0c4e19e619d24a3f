#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "net/asio_types.hpp"

struct ares_addrinfo;
struct ares_channeldata;

namespace offhook::net {

/// Names to addresses by c-ares, on the loop's own thread, kept for their time
/// to live. One per loop, made when it is first asked for and gone with the
/// loop. On that loop only.
class resolver final : public asio::execution_context::service {
public:
  using addresses = std::vector<asio::ip::address>;

  /// Either addresses, best first, or an error text.
  using handler = std::function<void(const addresses&, const std::string&)>;

  static asio::execution_context::id id;

  explicit resolver(asio::execution_context& owner);
  ~resolver() override;

  static resolver& of(asio::io_context& io);

  /// Calls `f` once, never from within this call.
  void resolve(const std::string& host, handler f);

  /// Asks these servers and no others: `address:port`, separated by commas.
  /// @returns false where c-ares does not take them
  bool use_servers(const std::string& servers);

private:
  using clock = std::chrono::steady_clock;
  using descriptor = asio::posix::basic_stream_descriptor<io_executor>;

  struct known {
    addresses found;
    clock::time_point until;
  };

  struct watch;
  struct query;

  void shutdown() override;
  bool open();
  void answer(handler f, addresses found, std::string error);
  void answered(const std::string& host, int status, ares_addrinfo* found);
  void watch_socket(int fd, bool read, bool write);
  void wait(const std::shared_ptr<watch>& x);
  void process(int read_fd, int write_fd);

  asio::io_context& io_;
  std::string servers_; ///< empty: those of resolv.conf
  bool failed_ = false; ///< the channel's servers did not answer
  ares_channeldata* channel_ = nullptr;
  std::unique_ptr<loop_timer> timer_;
  std::map<int, std::shared_ptr<watch>> watches_;
  std::map<std::string, known> cache_;
  std::map<std::string, std::vector<handler>> pending_;
};

} // namespace offhook::net
