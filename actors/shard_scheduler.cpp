#include "actors/shard_scheduler.hpp"

#include <algorithm>

#include <caf/actor_system.hpp>
#include <caf/scheduled_actor.hpp>

namespace offhook::actors {

caf::disposable shard_clock::schedule_periodically(time_point first_run,
                                                   caf::action f,
                                                   duration_type period) {
  auto handle = caf::disposable{f.ptr()};
  auto* here = shard::current();
  (here ? here : shards_.front().get())
    ->schedule(first_run, std::move(f), period);
  return handle;
}

shard_scheduler::shard_scheduler(caf::actor_system& sys)
  : abstract_coordinator(sys),
    clock_(shards_) {
}

shard_scheduler::~shard_scheduler() = default;

shard_scheduler& shard_scheduler::of(caf::actor_system& sys) {
  return static_cast<shard_scheduler&>(sys.scheduler());
}

std::vector<net::shard_loop*> shard_scheduler::loops() const {
  std::vector<net::shard_loop*> result;
  for (std::size_t i = 0; i < count_; ++i)
    result.push_back(&shards_[i]->loop());
  return result;
}

void shard_scheduler::add_module_options(caf::actor_system_config&) {
  // `shards` is one of the application's own keys.
}

caf::actor_system::module* shard_scheduler::make(caf::actor_system& sys,
                                                 caf::detail::type_list<>) {
  return new shard_scheduler(sys);
}

void shard_scheduler::init(caf::actor_system_config& cfg) {
  abstract_coordinator::init(cfg);
  count_ = caf::get_or(cfg, "shards", std::size_t{0});
  if (count_ == 0)
    count_ = std::max(1u, std::thread::hardware_concurrency());
  helpers_ = caf::get_or(cfg, "behaviours.threads", std::size_t{0});
  num_workers_ = count_ + helpers_;
}

void shard_scheduler::start() {
  for (std::size_t i = 0; i < count_ + helpers_; ++i)
    shards_.push_back(std::make_unique<shard>(&system(), i, max_throughput()));
  for (auto& x : shards_)
    x->all = &shards_;
  for (std::size_t i = 0; i < shards_.size(); ++i)
    threads_.push_back(
      system().launch_thread(i < count_ ? "offhook.shard" : "offhook.helper",
                             [unit = shards_[i].get()] { unit->run(); }));
  abstract_coordinator::start(); // Spawns the printer: needs running shards.
}

void shard_scheduler::stop() {
  stop_actors();
  for (auto& x : shards_)
    x->stop();
  for (auto& x : threads_)
    x.join();
  threads_.clear();
  // Sockets hold actors and loops hold sockets: with the threads gone, first
  // the jobs go, then the loops, while the actor system is still whole.
  stopped_ = true;
  for (auto& x : shards_)
    x->discard();
  shards_.clear();
}

void shard_scheduler::enqueue(caf::resumable* job) {
  if (stopped_) {
    cleanup_and_release(job);
    return;
  }
  // `exec_later` finds the actor's home; what has none is dealt out in turn, to
  // the helpers where there are any.
  auto n = next_worker_++;
  shards_[helpers_ > 0 ? count_ + n % helpers_ : n % count_]->exec_later(job);
}

caf::execution_unit* shard_scheduler::helper() {
  return helpers_ == 0 ? nullptr
                       : shards_[count_ + next_helper_++ % helpers_].get();
}

caf::actor_clock& shard_scheduler::clock() noexcept {
  return clock_;
}

} // namespace offhook::actors
