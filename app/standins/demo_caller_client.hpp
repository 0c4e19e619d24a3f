#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/standins/call_flow.hpp"
#include "app/standins/delayed.hpp"
#include "net/shard_loop.hpp"
#include "net/ws_client.hpp"

namespace offhook::app::standins {

struct demo_caller_options {
  call_settings twilio;
  phone_call::options person;
  delayed::options network; ///< between Twilio and the server

  std::shared_ptr<net::tls_trust> trust; ///< needed for https:// and wss://
  std::uint32_t request_timeout_ms = 15'000;
  std::uint32_t call_deadline_ms = 180'000; ///< for all of it
  net::ws_limits limits;

  demo_caller_options() {
    // What a server may send ahead of play-out is the machine's to judge.
    limits.max_message_bytes = std::size_t{1024} * 1024;
  }
};

struct demo_caller_result {
  call_ending ending = call_ending::none;
  std::string failure; ///< why the call did not go as it must; empty: it did
  std::string call_sid;
  std::vector<document_seen> documents;
  std::vector<std::string> callback_failures; ///< of status callbacks
  call_stats stats;
  std::vector<timeline_event> timeline;
  call_tape tape;
  time_point began{}; ///< what the timeline counts from
};

/// One call from Twilio's side, over real sockets: asks the webhook, follows
/// the TwiML, opens the streams, speaks and listens. Lives on one loop; whoever
/// started it may drop the handle, for the call keeps itself until `done`.
class demo_caller_client {
public:
  virtual ~demo_caller_client();

  /// Ends the call as if the person had hung up.
  virtual void hang_up() = 0;

  /// Such as a path of the person's script: the time as the timeline counts it.
  virtual std::int64_t elapsed_ms() const = 0;
};

/// Begins a call. `done` is called once, on `loop`, when all is over, the
/// callbacks included. On the loop's thread only.
std::shared_ptr<demo_caller_client>
start_demo_call(net::shard_loop& loop, demo_caller_options options,
                std::function<void(demo_caller_result)> done);

} // namespace offhook::app::standins
