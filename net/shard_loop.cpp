#include "net/shard_loop.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "net/asio_types.hpp"

namespace offhook::net {

namespace {

// Handlers that one turn runs at most before the hook has its turn.
constexpr int max_handlers_per_turn = 64;

thread_local shard_loop* current_loop = nullptr;

} // namespace

// -- loop_handle --------------------------------------------------------------

struct loop_handle::target {
  std::mutex mutex;
  asio::io_context* io; // Null once the loop is gone.
};

loop_handle::loop_handle(std::shared_ptr<target> to) : target_(std::move(to)) {
}

bool loop_handle::post(std::function<void()> f) const {
  std::lock_guard guard{target_->mutex};
  if (target_->io == nullptr)
    return false;
  asio::post(*target_->io, std::move(f));
  return true;
}

// -- shard_loop ---------------------------------------------------------------

struct shard_loop::impl {
  using time_point = clock::time_point;

  std::size_t index = 0;
  std::function<bool()> hook;
  std::function<void()> timer_hook;
  std::function<void(std::exception_ptr)> exception_hook;
  std::atomic<bool> stopping = false;
  time_point wanted = time_point::max(); // What `arm` was told last.
  time_point armed = time_point::max();  // What the timer waits for.

  // What is pending on the loop may still ask for the members above while the
  // context is destroyed, which is why it comes after them.
  asio::io_context io{1};
  loop_timer timer{io};
  std::shared_ptr<loop_handle::target> target;

  void wait() {
    armed = wanted;
    timer.expires_at(armed);
    timer.async_wait([this](const error_code& ec) {
      if (!ec)
        on_expiry();
    });
  }

  // A time that was moved back is not re-armed at once: the timer fires when it
  // was to fire first, and waits for the rest then.
  void on_expiry() {
    armed = time_point::max();
    if (wanted == time_point::max())
      return;
    if (clock::now() < wanted)
      return wait();
    wanted = time_point::max();
    if (timer_hook)
      timer_hook();
  }

  template <class F>
  auto guarded(F f) noexcept -> decltype(f()) {
    try {
      return f();
    } catch (...) {
      if (exception_hook)
        exception_hook(std::current_exception());
      return true; // A handler did run.
    }
  }

  /// @returns whether the hook left work
  bool turn(bool poll_only) {
    if (!poll_only)
      guarded([this] { return io.run_one() > 0; });
    for (int n = 0; n < max_handlers_per_turn; ++n)
      if (!guarded([this] { return io.poll_one() > 0; }))
        break;
    return hook && guarded([this] { return hook(); });
  }
};

shard_loop::shard_loop(std::size_t index) : impl_(std::make_unique<impl>()) {
  impl_->index = index;
  impl_->target = std::make_shared<loop_handle::target>();
  impl_->target->io = &impl_->io;
}

shard_loop::~shard_loop() {
  std::lock_guard guard{impl_->target->mutex};
  impl_->target->io = nullptr;
}

std::size_t shard_loop::index() const noexcept {
  return impl_->index;
}

asio::io_context& shard_loop::io() noexcept {
  return impl_->io;
}

shard_loop* shard_loop::current() noexcept {
  return current_loop;
}

void shard_loop::post(std::function<void()> f) {
  asio::post(impl_->io, std::move(f));
}

loop_handle shard_loop::handle() const {
  return loop_handle{impl_->target};
}

void shard_loop::on_turn(std::function<bool()> hook) {
  impl_->hook = std::move(hook);
}

void shard_loop::on_timer(std::function<void()> f) {
  impl_->timer_hook = std::move(f);
}

void shard_loop::arm(clock::time_point when) {
  impl_->wanted = when;
  if (when < impl_->armed)
    impl_->wait();
}

void shard_loop::on_exception(std::function<void(std::exception_ptr)> f) {
  impl_->exception_hook = std::move(f);
}

void shard_loop::run() {
  auto* before = std::exchange(current_loop, this);
  auto work = asio::make_work_guard(impl_->io);
  for (bool more = false; !impl_->stopping;)
    more = impl_->turn(more);
  current_loop = before;
}

void shard_loop::stop() {
  impl_->stopping = true;
  impl_->io.stop();
}

} // namespace offhook::net
