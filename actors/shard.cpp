#include "actors/shard.hpp"

#include <algorithm>
#include <cassert>
#include <exception>

#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <spdlog/spdlog.h>

namespace offhook::actors {

namespace {

thread_local shard* current_shard = nullptr;

// Jobs per turn: enough that a burst of frames is done in one, few enough that
// the sockets get their say.
constexpr int turn_budget = 256;

void log_exception(std::exception_ptr error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& x) {
    spdlog::error("shard caught exception what=\"{}\"", x.what());
  } catch (...) {
    spdlog::error("shard caught exception what=unknown");
  }
}

} // namespace

shard::shard(caf::actor_system* sys, std::size_t index,
             std::size_t max_throughput)
  : caf::execution_unit(sys),
    loop_(index),
    max_throughput_(max_throughput) {
  loop_.on_turn([this] { return turn(); });
  loop_.on_timer([this] { run_due(); });
  loop_.on_exception(log_exception);
}

shard::~shard() {
  discard();
}

shard* shard::current() noexcept {
  return current_shard;
}

shard* shard::home(caf::resumable* job) const {
  // An actor's context is the unit that spawned it, then the last one that ran
  // it: always its home, since only homes run actors. Compared, never followed.
  if (!all || job->subtype() != caf::resumable::scheduled_actor)
    return nullptr;
  auto* unit = static_cast<caf::scheduled_actor*>(job)->context();
  for (const auto& x : *all)
    if (x.get() == unit)
      return x.get();
  return nullptr;
}

void shard::exec_later(caf::resumable* job) {
  auto* where = home(job);
  (where ? where : this)->submit(job);
}

void shard::submit(caf::resumable* job) {
  if (current_shard == this) {
    jobs_.push_back(job);
    return;
  }
  bool first = false;
  {
    std::lock_guard guard{mutex_};
    if (!discarding_) {
      first = remote_jobs_.empty() && remote_timers_.empty();
      remote_jobs_.push_back(job);
      job = nullptr;
    }
  }
  if (job)
    caf::scheduler::abstract_coordinator::cleanup_and_release(job);
  else if (first)
    loop_.post([] {}); // The turn that this begins takes them.
}

void shard::schedule(time_point when, caf::action f, caf::timespan period) {
  if (current_shard == this) {
    insert(when, timer{std::move(f), period});
    return;
  }
  bool first = false;
  {
    std::lock_guard guard{mutex_};
    if (discarding_)
      return;
    first = remote_jobs_.empty() && remote_timers_.empty();
    remote_timers_.emplace_back(when, timer{std::move(f), period});
  }
  if (first)
    loop_.post([] {});
}

void shard::insert(time_point when, timer x) {
  if (timers_.size() >= purge_at_)
    purge_disposed();
  auto at = timers_.emplace(when, std::move(x));
  if (at == timers_.begin())
    loop_.arm(when);
}

void shard::purge_disposed() {
  // Timers that were taken back stay in the table until they are due: sweep
  // before it doubles, so that the sweep's cost stays constant per insertion.
  std::erase_if(timers_, [](const auto& x) { return x.second.f.disposed(); });
  purge_at_ = std::max<std::size_t>(1024, timers_.size() * 2);
}

void shard::run_due() {
  auto now = std::chrono::steady_clock::now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    auto due = timers_.extract(timers_.begin());
    auto& x = due.mapped();
    if (x.f.disposed())
      continue;
    x.f.run();
    if (x.period.count() > 0 && !x.f.disposed())
      timers_.emplace(due.key() + x.period, std::move(x));
  }
  loop_.arm(timers_.empty() ? time_point::max() : timers_.begin()->first);
}

void shard::take_remote() {
  std::vector<std::pair<time_point, timer>> timers;
  {
    std::lock_guard guard{mutex_};
    jobs_.insert(jobs_.end(), remote_jobs_.begin(), remote_jobs_.end());
    remote_jobs_.clear();
    timers.swap(remote_timers_);
  }
  for (auto& [when, x] : timers)
    insert(when, std::move(x));
}

bool shard::turn() {
  take_remote();
  for (int budget = turn_budget; budget > 0 && !jobs_.empty(); --budget) {
    auto* job = jobs_.front();
    jobs_.pop_front();
    // What was spawned here is run here and nowhere else.
    assert(!home(job) || home(job) == this);
    switch (job->resume(this, max_throughput_)) {
      case caf::resumable::resume_later:
        jobs_.push_back(job);
        break;
      case caf::resumable::shutdown_execution_unit:
        break;
      default: // done, awaiting_message
        caf::intrusive_ptr_release(job);
    }
  }
  return !jobs_.empty();
}

void shard::run() {
  current_shard = this;
  loop_.run();
  current_shard = nullptr;
}

void shard::stop() {
  loop_.stop();
}

void shard::discard() {
  std::vector<caf::resumable*> jobs;
  {
    std::lock_guard guard{mutex_};
    discarding_ = true;
    jobs.swap(remote_jobs_);
    remote_timers_.clear();
  }
  jobs.insert(jobs.end(), jobs_.begin(), jobs_.end());
  jobs_.clear();
  timers_.clear();
  for (auto* job : jobs)
    caf::scheduler::abstract_coordinator::cleanup_and_release(job);
}

} // namespace offhook::actors
