#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/standins/call_flow.hpp"
#include "app/standins/demo_agent_socket.hpp"
#include "bench/torture/call_check.hpp"
#include "bench/torture/counted_caller.hpp"
#include "bench/torture/fault_proxy.hpp"
#include "bench/torture/machine_line.hpp"
#include "net/http_client.hpp"
#include "net/ws_client.hpp"

namespace offhook::torture {

/// Where the lines of one gateway meet it; all on one loop.
struct meeting_point {
  net::shard_loop& loop;
  std::string gateway;     ///< `http://127.0.0.1:PORT`
  fault_proxy& to_gateway; ///< streams
  fault_proxy& to_model;   ///< sessions
};

/// One call over real sockets: the webhook is asked and the TwiML followed as
/// Twilio does, the stream goes through a proxy, and so do the sessions that
/// the gateway dials. The stage calls `advance` now and then.
class socket_line : public std::enable_shared_from_this<socket_line> {
public:
  using time_point = app::standins::time_point;

  /// @param slot names the agent and the model; from 1 on
  socket_line(meeting_point where, call_plan plan, std::uint32_t slot);

  void begin();

  /// The gateway has dialled for this call.
  void open_session(net::web_socket_ptr socket,
                    app::standins::demo_agent_handshake shake);

  /// Faults and the end, when it is time for them.
  void advance();

  /// The gateway has told how the call ended, and the check knows it.
  bool over() const noexcept {
    return over_;
  }

  call_check& check() noexcept {
    return check_;
  }

  const std::string& sid() const noexcept {
    return flow_.call_sid();
  }

  std::uint64_t faults_done() const noexcept {
    return faults_done_;
  }

private:
  struct session {
    std::uint32_t number = 0;
    net::web_socket_ptr socket;
    std::shared_ptr<app::standins::demo_agent_socket> agent;
    bool half_open = false; ///< faults pass over it, as they do in the proxy
  };

  void perform(app::standins::call_flow::action what);
  void fetch(app::standins::webhook_request what);
  std::shared_ptr<net::http_exchange>
  send(app::standins::webhook_request what,
       std::function<void(net::http_client_result)> done);
  void open_stream(const app::standins::call_flow::open_stream& what);
  void stream_ended();
  /// The caller hangs up where there is no stream.
  time_point hangs_up_at() const;
  void leave();
  void ask_outcome();
  void learn_outcome(const std::string& page);
  bool suffer(const fault& what);
  bool suffer_model(const fault& what);
  bool open_intruder(std::uint32_t which);

  meeting_point where_;
  call_check check_;
  const std::uint32_t slot_;
  std::shared_ptr<app::standins::phone_call> phone_;
  app::standins::call_flow flow_;
  std::shared_ptr<counted_caller> caller_;
  std::shared_ptr<machine_line> stream_; // While it is open.
  std::shared_ptr<net::ws_dial> dial_;
  std::shared_ptr<net::http_exchange> exchange_; // Whose answer goes on.
  app::standins::stream_setup last_setup_;
  std::vector<std::shared_ptr<net::ws_dial>> intruders_;
  std::vector<session> sessions_; // The newest last.
  net::loop_timer timer_;
  std::uint32_t dialled_ = 0;
  std::uint32_t frames_ = 0;
  std::size_t next_fault_ = 0;
  std::uint64_t faults_done_ = 0;
  std::optional<time_point> opened_;
  std::uint32_t questions_ = 0;
  bool hung_up_ = false;
  bool ends_soon_ = false; // The gateway will end it.
  bool callers_side_over_ = false;
  bool over_ = false;
};

} // namespace offhook::torture
