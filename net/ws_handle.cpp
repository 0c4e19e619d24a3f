#include <utility>

#include "net/ws_core.hpp"

namespace offhook::net {

web_socket::~web_socket() = default;

namespace {

/// Outlives its session without harm: calls do nothing then.
class ws_handle final : public web_socket,
                        public std::enable_shared_from_this<ws_handle> {
public:
  ws_handle(const std::shared_ptr<ws_core>& core, shard_loop& loop)
    : core_(core),
      loop_(loop),
      home_(loop.handle()) {
  }

  ~ws_handle() override {
    // An actor's state can be destroyed anywhere.
    if (shard_loop::current() != &loop_)
      home_.post([core = core_] { drop(core); });
    else
      drop(core_);
  }

  void start(ws_events events) override {
    if (auto core = core_.lock())
      core->start(std::move(events));
  }

  void pause() override {
    if (auto core = core_.lock())
      core->pause();
  }

  void move_to(shard_loop& target, ws_core::move_handler done) override {
    auto self = shared_from_this();
    if (auto core = core_.lock())
      core->move_to(target, std::move(self), std::move(done));
    else
      home_.post([self, done = std::move(done)] { done(self); });
  }

  void send(std::string text, frame_class kind) override {
    if (auto core = core_.lock())
      core->send(std::move(text), kind);
  }

  void close(std::uint16_t code, std::string_view reason) override {
    if (auto core = core_.lock())
      core->close(code, reason);
  }

  void abort() override {
    if (auto core = core_.lock())
      core->abort();
  }

  std::size_t queued_bytes() const noexcept override {
    auto core = core_.lock();
    return core ? core->queued_bytes() : 0;
  }

  shard_loop& loop() const noexcept override {
    return loop_;
  }

private:
  static void drop(const std::weak_ptr<ws_core>& weak) {
    if (auto core = weak.lock())
      core->dropped();
  }

  std::weak_ptr<ws_core> core_;
  shard_loop& loop_;
  loop_handle home_;
};

} // namespace

web_socket_ptr make_handle(const std::shared_ptr<ws_core>& core,
                           shard_loop& loop) {
  return std::make_shared<ws_handle>(core, loop);
}

std::string_view to_string(ws_closed::cause x) noexcept {
  switch (x) {
    case ws_closed::cause::peer_closed:
      return "peer_closed";
    case ws_closed::cause::closed_by_us:
      return "closed_by_us";
    case ws_closed::cause::lost:
      return "lost";
    case ws_closed::cause::timeout:
      return "timeout";
    case ws_closed::cause::overflow:
      return "overflow";
    case ws_closed::cause::protocol_error:
      return "protocol_error";
  }
  return "unknown";
}

} // namespace offhook::net
