#define CAF_SUITE net.shard_loop

#include "net/shard_loop.hpp"

#include "caf/test/dsl.hpp"

#include <atomic>
#include <stdexcept>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "harness.hpp"

using namespace offhook::net;
using namespace offhook::net::test;
using namespace std::chrono_literals;

namespace {

using clock_type = shard_loop::clock;

} // namespace

CAF_TEST(posted functions run in order and on the loop) {
  running_loops loops;
  channel<int> seen;
  for (int i = 0; i < 1000; ++i)
    loops[0].post([&, i] {
      if (shard_loop::current() == &loops[0])
        seen.put(i);
    });
  bool in_order = true;
  for (int i = 0; i < 1000; ++i)
    in_order = in_order && seen.get() == i;
  CAF_CHECK(in_order);
  CAF_CHECK(shard_loop::current() == nullptr);
}

CAF_TEST(the hook runs after every turn and may ask for another one) {
  shard_loop loop{7};
  CAF_CHECK_EQUAL(loop.index(), 7u);
  int left = 5;
  int posted = 0;
  loop.on_turn([&] {
    if (left == 0)
      loop.stop();
    return left-- > 0;
  });
  loop.post([&] { ++posted; });
  loop.run(); // Ends only if no turn waits while work is left.
  CAF_CHECK_EQUAL(left, -1);
  CAF_CHECK_EQUAL(posted, 1);
}

CAF_TEST(a turn is bounded however much there is to do) {
  shard_loop loop{0};
  std::size_t handlers = 0;
  std::size_t most = 0;
  std::size_t total = 0;
  std::function<void()> again = [&] {
    ++handlers;
    loop.post(again);
  };
  again();
  loop.on_turn([&] {
    most = std::max(most, handlers);
    handlers = 0;
    if (++total == 10)
      loop.stop();
    return false;
  });
  loop.run();
  CAF_CHECK_GREATER(most, 1u);
  CAF_CHECK_LESS(most, 100u);
}

CAF_TEST(an exception is told and the loop goes on) {
  running_loops loops;
  loops[0].post([] { throw std::runtime_error{"one"}; });
  loops[0].post([] { throw std::runtime_error{"two"}; });
  CAF_CHECK_EQUAL(loops.exceptions.get().value_or(""), "one");
  CAF_CHECK_EQUAL(loops.exceptions.get().value_or(""), "two");
  CAF_CHECK_EQUAL(loops.on(0, [] { return 42; }), 42);
}

CAF_TEST(the timer fires at the time armed last) {
  shard_loop loop{0};
  int fired = 0;
  auto begin = clock_type::now();
  clock_type::time_point at;
  loop.on_timer([&] {
    ++fired;
    at = clock_type::now();
    loop.stop();
  });
  loop.post([&] {
    loop.arm(begin + 1h);
    loop.arm(begin + 5ms);
    loop.arm(begin + 20ms);
  });
  loop.run();
  CAF_CHECK_EQUAL(fired, 1);
  CAF_CHECK(at >= begin + 20ms);
}

CAF_TEST(a timer that was disarmed does not fire) {
  shard_loop loop{0};
  bool fired = false;
  loop.on_timer([&] { fired = true; });
  boost::asio::steady_timer later{loop.io()};
  loop.post([&] {
    loop.arm(clock_type::now() + 1ms);
    loop.arm(clock_type::time_point::max());
    later.expires_after(20ms);
    later.async_wait([&](auto) { loop.stop(); });
  });
  loop.run();
  CAF_CHECK(!fired);
}

CAF_TEST(a loop that was stopped before it ran ends at once) {
  shard_loop loop{0};
  loop.stop();
  loop.run();
}

CAF_TEST(a handle outlives its loop) {
  auto held = std::make_shared<int>(1);
  auto loop = std::make_unique<shard_loop>(0);
  auto handle = loop->handle();
  CAF_CHECK(handle.post([held] {}));
  CAF_CHECK_EQUAL(held.use_count(), 2);
  loop.reset();
  CAF_CHECK_EQUAL(held.use_count(), 1);
  CAF_CHECK(!handle.post([held] {}));
  CAF_CHECK_EQUAL(held.use_count(), 1);
}

CAF_TEST(what is pending goes with the loop a hundred times) {
  namespace asio = boost::asio;
  using asio::ip::tcp;
  bool all_gone = true;
  for (int round = 0; round < 100; ++round) {
    auto held = std::make_shared<int>(0);
    {
      running_loops loops{2};
      for (auto* loop : loops.all())
        loop->post([loop, held] {
          auto timer = std::make_shared<asio::steady_timer>(loop->io());
          timer->expires_after(1h);
          timer->async_wait([timer, held](auto) {});
          auto acceptor = std::make_shared<tcp::acceptor>(
            loop->io(), tcp::endpoint{tcp::v4(), 0});
          acceptor->async_accept([acceptor, held](auto, auto) {});
          auto socket = std::make_shared<tcp::socket>(loop->io());
          socket->async_connect({asio::ip::address_v4::loopback(),
                                 acceptor->local_endpoint().port()},
                                [socket, held](auto) {
                                  auto byte = std::make_shared<char>();
                                  socket->async_read_some(
                                    asio::buffer(byte.get(), 1),
                                    [socket, byte, held](auto, auto) {});
                                });
          loop->arm(shard_loop::clock::now() + 1h);
        });
      if (round % 2 == 0)
        loops.on(0, [] {});
    }
    all_gone = all_gone && held.use_count() == 1;
  }
  CAF_CHECK(all_gone);
}
