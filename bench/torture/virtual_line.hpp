#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/standins/call_flow.hpp"
#include "app/standins/demo_agent.hpp"
#include "bench/torture/call_check.hpp"
#include "bench/torture/counted_caller.hpp"
#include "bench/torture/fault_socket.hpp"
#include "net/http.hpp"
#include "net/ws_client.hpp"

namespace offhook::torture {

/// One call on virtual time: Twilio's account of it, its caller, its model's
/// sessions, and the faults of its plan. It drives nothing of the gateway's:
/// the stage hands it what the gateway asks for, and asks it what is due.
class virtual_line {
public:
  using time_point = app::standins::time_point;
  using milliseconds = std::chrono::milliseconds;

  /// What the line needs of its stage.
  class host {
  public:
    virtual ~host() = default;

    /// A webhook, answered before it returns.
    virtual net::http_response ask(const app::standins::webhook_request& what)
      = 0;

    /// An upgrade of `socket`. @returns the status of a refusal; 101: done
    virtual unsigned
    upgrade(const std::string& url,
            const std::vector<std::pair<std::string, std::string>>& headers,
            std::shared_ptr<fault_socket> socket)
      = 0;

    virtual void jump_clock(std::int64_t ms) = 0;

    /// Seconds since 1970 by a clock that does not jump.
    virtual std::int64_t true_time() const = 0;

    /// The StreamSid that the gateway has for the call; empty: none.
    virtual std::string stream_of(const std::string& call_sid) = 0;

    /// Kills an actor of the call. @returns whether there was one
    virtual bool kill(const std::string& call_sid, fault_kind what) = 0;
  };

  /// @param slot names the agent and the model, so that dials find their call
  virtual_line(host& stage, call_plan plan, std::uint32_t slot, time_point now);

  void begin(time_point now);

  /// The gateway dials for this call.
  std::shared_ptr<net::ws_dial>
  dial(const net::ws_client_options& options,
       std::function<void(net::connect_result)> done, time_point now);

  /// Faults and all else that is due, but for what passes on the sockets.
  void advance(time_point now);

  /// Delivers what waits on the sockets. @returns whether there was anything
  bool poll(time_point now);

  /// The caller's side is through: nothing is asked and no stream is open.
  bool over() const noexcept {
    return over_;
  }

  /// Nothing is left but what the gateway has: all sockets have ended.
  bool quiet() const;

  std::size_t open_sessions() const;

  call_check& check() noexcept {
    return check_;
  }

  const std::string& sid() const noexcept {
    return flow_->call_sid();
  }

  std::uint64_t faults_done() const noexcept {
    return faults_done_;
  }

private:
  struct pending_dial;

  struct session {
    std::uint32_t number;
    std::shared_ptr<fault_socket> socket;
    app::standins::demo_agent* agent; // The socket's peer.
  };

  void perform(app::standins::call_flow::action what, time_point now);
  void open_stream(const app::standins::call_flow::open_stream& what,
                   time_point now);
  void stream_ended(time_point now);
  void answer_dials(time_point now);
  net::web_socket_ptr open_session(const net::ws_client_options& options);
  bool suffer(const fault& what, time_point now);
  bool suffer_stream(const fault& what, time_point now);
  bool suffer_bridge(const fault& what, time_point now);
  bool suffer_model(const fault& what, time_point now);
  bool open_intruder(std::uint32_t which, time_point now);
  session* current();

  host& stage_;
  call_check check_;
  const std::uint32_t slot_;
  std::shared_ptr<app::standins::phone_call> phone_;
  std::optional<app::standins::call_flow> flow_;    // Always there.
  std::shared_ptr<fault_socket> stream_;            // While it is open.
  counted_caller* caller_ = nullptr;                // Its peer.
  std::vector<std::shared_ptr<fault_socket>> left_; // Streams, for another.
  std::string stream_url_;
  app::standins::stream_setup last_setup_;
  std::vector<std::shared_ptr<fault_socket>> intruders_;
  std::vector<session> sessions_; // That have not ended.
  std::vector<std::shared_ptr<pending_dial>> dials_;
  std::uint32_t dials_made_ = 0;
  std::uint32_t failing_dials_ = 0;
  net::connect_error failure_;
  std::uint32_t slow_dial_ms_ = 0;
  std::uint32_t failing_streams_ = 0;
  std::uint32_t ask_delay_ms_ = 0; // Once a stream is lost.
  bool asks_no_more_ = false;
  std::optional<time_point> ask_at_;
  std::uint32_t frames_ = 0; // Of the caller, so far.
  std::size_t next_fault_ = 0;
  std::uint64_t faults_done_ = 0;
  std::optional<time_point> opened_; // The first stream.
  std::optional<time_point> wait_until_;
  bool hung_up_ = false;
  bool over_ = false;
};

} // namespace offhook::torture
