// The scheduler on the shards, with real threads.
#define CAF_SUITE actors.shard_scheduler

#include "actors/shard_scheduler.hpp"

#include <atomic>
#include <future>
#include <stdexcept>

#include <caf/all.hpp>
#include <caf/test/dsl.hpp>

using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

struct two_shards : caf::actor_system_config {
  two_shards() {
    load<shard_scheduler>();
    put(content, "shards", std::int64_t{2});
  }
};

struct fixture {
  two_shards cfg;
  std::unique_ptr<caf::actor_system> sys
    = std::make_unique<caf::actor_system>(cfg);

  shard_scheduler& scheduler() {
    return shard_scheduler::of(*sys);
  }

  caf::execution_unit* unit(std::size_t index) {
    return scheduler().call_shard(index);
  }

  template <class F, class... Ts>
  auto spawn_at(std::size_t index, F f, Ts&&... xs) {
    caf::actor_config config{unit(index)};
    return sys->spawn_functor<caf::no_spawn_options>(std::true_type{}, config,
                                                     f,
                                                     std::forward<Ts>(xs)...);
  }
};

/// What may never happen, counted over all handlers of all actors.
struct violations {
  std::atomic<int> overlaps{0};
  std::atomic<int> strangers{0}; ///< handlers run away from home
  std::atomic<int> ended{0};     ///< chains that came to their end
};

/// Watches one actor's handlers.
class handler_guard {
public:
  handler_guard(std::atomic<int>& inside, violations& seen, std::size_t home)
    : inside_(inside) {
    if (inside_.fetch_add(1) != 0)
      ++seen.overlaps;
    auto* here = shard::current();
    if (!here || here->loop().index() != home)
      ++seen.strangers;
  }

  ~handler_guard() {
    --inside_;
  }

private:
  std::atomic<int>& inside_;
};

/// Sends each number on to its peer, one less, by all ways that there are.
struct relay_state {
  std::atomic<int> inside{0};
  caf::actor peer;
};

caf::behavior relay(caf::stateful_actor<relay_state>* self, std::size_t home,
                    std::shared_ptr<violations> seen) {
  return {
    [=](const caf::actor& peer) {
      handler_guard guard{self->state.inside, *seen, home};
      self->state.peer = peer;
    },
    [=](int left) {
      handler_guard guard{self->state.inside, *seen, home};
      if (left == 0) {
        ++seen->ended;
        return;
      }
      switch (left % 4) {
        case 0:
          self->send(self->state.peer, left - 1);
          break;
        case 1:
          self->delayed_send(self->state.peer, 1ms, left - 1);
          break;
        case 2:
          caf::anon_send(self->state.peer, left - 1);
          break;
        default:
          self->request(self->state.peer, 1s, caf::get_atom_v)
            .then(
              [=](int) {
                handler_guard inner{self->state.inside, *seen, home};
                self->send(self->state.peer, left - 1);
              },
              [=](const caf::error&) { ++seen->strangers; });
      }
    },
    [=](caf::get_atom) {
      handler_guard guard{self->state.inside, *seen, home};
      return 42;
    },
  };
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(shard_scheduler_tests, fixture)

CAF_TEST(actors stay at home and never run twice at once) {
  auto seen = std::make_shared<violations>();
  std::vector<caf::actor> all;
  for (std::size_t i = 0; i < 20; ++i)
    all.push_back(spawn_at(i % 2, relay, i % 2, seen));
  for (std::size_t i = 0; i < all.size(); ++i)
    caf::anon_send(all[i], all[(i + 1) % all.size()]);
  for (auto& x : all)
    for (int k = 0; k < 20; ++k)
      caf::anon_send(x, 40);
  constexpr int chains = 20 * 20; // A message lost anywhere is one less.
  caf::scoped_actor self{*sys};
  while (seen->ended < chains)
    for (auto& x : all)
      self->request(x, caf::infinite, caf::get_atom_v)
        .receive([](int) {}, [](const caf::error&) {});
  for (auto& x : all)
    self->send_exit(x, caf::exit_reason::user_shutdown);
  for (auto& x : all)
    self->wait_for(x);
  CAF_CHECK_EQUAL(seen->ended.load(), chains);
  CAF_CHECK_EQUAL(seen->overlaps.load(), 0);
  CAF_CHECK_EQUAL(seen->strangers.load(), 0);
}

CAF_TEST(delayed messages arrive in the order of their time) {
  caf::scoped_actor self{*sys};
  auto clock = spawn_at(1,
                        [client = caf::actor{self}](
                          caf::event_based_actor* me) -> caf::behavior {
                          for (int i : {30, 10, 20, 0})
                            me->run_delayed(std::chrono::milliseconds{i},
                                            [=] { me->send(client, i); });
                          return {[](caf::get_atom) { return 0; }};
                        });
  for (int expected : {0, 10, 20, 30})
    self->receive([&](int got) { CAF_CHECK_EQUAL(got, expected); },
                  caf::after(30s) >> [] { CAF_FAIL("no message"); });
  self->send_exit(clock, caf::exit_reason::user_shutdown);
}

CAF_TEST(a timer that was taken back does not fire) {
  caf::scoped_actor self{*sys};
  auto clock = spawn_at(
    0,
    [client = caf::actor{self}](caf::event_based_actor* me) -> caf::behavior {
      auto taken = me->run_delayed(5ms, [=] { me->send(client, 1); });
      me->run_delayed(20ms, [=] { me->send(client, 2); });
      taken.dispose();
      return {[](caf::get_atom) { return 0; }};
    });
  self->receive([&](int got) { CAF_CHECK_EQUAL(got, 2); },
                caf::after(30s) >> [] { CAF_FAIL("no message"); });
  self->send_exit(clock, caf::exit_reason::user_shutdown);
}

CAF_TEST(a request across shards times out and a monitor tells the end) {
  caf::scoped_actor self{*sys};
  auto mute = spawn_at(0, [](caf::event_based_actor* me) -> caf::behavior {
    // A promise that is dropped is broken at once: this one is held.
    auto held = std::make_shared<caf::typed_response_promise<int>>();
    return {[me, held](caf::get_atom) -> caf::result<int> {
      *held = me->make_response_promise<int>();
      return *held;
    }};
  });
  auto asker
    = spawn_at(1,
               [mute, client = caf::actor{self}](
                 caf::event_based_actor* me) -> caf::behavior {
                 me->set_down_handler([=](caf::down_msg& x) {
                   me->send(client, caf::to_string(x.reason));
                 });
                 me->monitor(mute);
                 me->request(mute, 5ms, caf::get_atom_v)
                   .then([](int) {},
                         [=](const caf::error& x) {
                           me->send(client, caf::to_string(x));
                           me->send_exit(mute, caf::exit_reason::user_shutdown);
                         });
                 return {[](int) {}};
               });
  std::vector<std::string> told;
  for (int i = 0; i < 2; ++i)
    self->receive([&](const std::string& x) { told.push_back(x); },
                  caf::after(30s) >> [] { CAF_FAIL("no message"); });
  CAF_CHECK(told[0].find("request_timeout") != std::string::npos);
  CAF_CHECK(told[1].find("user_shutdown") != std::string::npos);
  self->send_exit(asker, caf::exit_reason::user_shutdown);
}

CAF_TEST(an exception ends its actor and nothing else) {
  caf::scoped_actor self{*sys};
  auto neighbour = spawn_at(0, [](caf::event_based_actor*) -> caf::behavior {
    return {[](caf::get_atom) { return 7; }};
  });
  auto thrower = spawn_at(0, [](caf::event_based_actor*) -> caf::behavior {
    return {[](int) { throw std::runtime_error("planted"); }};
  });
  self->monitor(thrower);
  self->send(thrower, 1);
  self->receive(
    [&](const caf::down_msg& x) {
      CAF_CHECK_EQUAL(x.reason, caf::sec::runtime_error);
    },
    caf::after(30s) >> [] { CAF_FAIL("no down message"); });
  // So does one in a handler of the loop.
  scheduler().call_shard(0)->loop().post(
    [] { throw std::runtime_error("planted"); });
  self->request(neighbour, caf::infinite, caf::get_atom_v)
    .receive([](int x) { CAF_CHECK_EQUAL(x, 7); },
             [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
  self->send_exit(neighbour, caf::exit_reason::user_shutdown);
}

CAF_TEST(messages of one sender keep their order across shards) {
  caf::scoped_actor self{*sys};
  constexpr int count = 20'000;
  auto sink = spawn_at(0,
                       [client = caf::actor{self}, next = 0](
                         caf::event_based_actor* me) mutable -> caf::behavior {
                         auto expected = std::make_shared<int>(next);
                         return {[=](int x) {
                           if (x != *expected)
                             me->send(client, std::string{"out of order"});
                           if (++*expected == count)
                             me->send(client, std::string{"all"});
                         }};
                       });
  auto source = spawn_at(1,
                         [sink](caf::event_based_actor* me) -> caf::behavior {
                           for (int i = 0; i < count; ++i)
                             me->send(sink, i);
                           return {[](int) {}};
                         });
  self->receive([](const std::string& x) { CAF_CHECK_EQUAL(x, "all"); },
                caf::after(30s) >> [] { CAF_FAIL("no message"); });
  self->send_exit(sink, caf::exit_reason::user_shutdown);
  self->send_exit(source, caf::exit_reason::user_shutdown);
}

CAF_TEST(what blocks on a helper delays no call) {
  struct with_helper : two_shards {
    with_helper() {
      put(content, "behaviours.threads", std::int64_t{1});
    }
  };
  sys = nullptr; // Its configuration must outlive it.
  with_helper own;
  caf::actor_system with{own};
  auto& scheduler = shard_scheduler::of(with);
  CAF_CHECK_EQUAL(scheduler.loops().size(), 2u);
  caf::scoped_actor self{with};
  std::promise<void> release;
  auto released = release.get_future().share();
  caf::actor_config at_helper{scheduler.helper()};
  auto run = [released](caf::event_based_actor*) -> caf::behavior {
    return {[released](int) {
      released.wait();
      auto* here = shard::current();
      return static_cast<int>(here ? here->loop().index() : 99);
    }};
  };
  auto blocked = with.spawn_functor<caf::no_spawn_options>(std::true_type{},
                                                           at_helper, run);
  auto answer = self->request(blocked, caf::infinite, 1);
  // Both shards go on meanwhile, timers included.
  for (std::size_t i = 0; i < 2; ++i) {
    auto wait = [](caf::event_based_actor* me) -> caf::behavior {
      return {[me](caf::get_atom) -> caf::result<int> {
        auto promise = me->make_response_promise<int>();
        me->run_delayed(1ms, [promise]() mutable { promise.deliver(7); });
        return promise;
      }};
    };
    caf::actor_config at_shard{scheduler.call_shard(i)};
    auto busy = with.spawn_functor<caf::no_spawn_options>(std::true_type{},
                                                          at_shard, wait);
    self->request(busy, caf::infinite, caf::get_atom_v)
      .receive([](int x) { CAF_CHECK_EQUAL(x, 7); },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    self->send_exit(busy, caf::exit_reason::user_shutdown);
  }
  release.set_value();
  answer.receive([](int x) { CAF_CHECK_EQUAL(x, 2); }, // Behind the shards.
                 [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
  self->send_exit(blocked, caf::exit_reason::user_shutdown);
}

CAF_TEST(a hundred starts and stops leave nothing behind) {
  for (int round = 0; round < 100; ++round) {
    std::weak_ptr<violations> left;
    {
      auto seen = std::make_shared<violations>();
      left = seen;
      for (std::size_t i = 0; i < 6; ++i) {
        auto x = spawn_at(i % 2, relay, i % 2, seen);
        caf::anon_send(x, x);
        caf::anon_send(x, 1000); // Runs on while the end comes.
        caf::delayed_anon_send(x, 1h, 5);
        caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
        caf::anon_send(x, 17);
      }
    }
    sys = nullptr;
    CAF_REQUIRE(left.expired());
    sys = std::make_unique<caf::actor_system>(cfg);
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
