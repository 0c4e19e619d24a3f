// Some calls are in trouble: the others do not notice.
#define CAF_SUITE actors.isolation

#include <future>
#include <thread>

#include <caf/blocking_actor.hpp>

#include "net/ws_queue.hpp"
#include "protocol/base64.hpp"
#include "tests/fakes/call.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

/// A socket whose peer does not read: what is sent waits in the same queue as
/// in the real one, with its bound.
class stalled_socket final
  : public net::web_socket,
    public std::enable_shared_from_this<stalled_socket> {
public:
  void start(net::ws_events events) override {
    events_ = std::move(events);
  }

  void pause() override {
    events_ = {};
  }

  void move_to(net::shard_loop&,
               std::function<void(net::web_socket_ptr)> done) override {
    done(shared_from_this());
  }

  void send(std::string text, net::frame_class kind) override {
    auto result = queue.push(std::move(text), kind);
    dropped += result.dropped;
    if (result.dropped > 0 && events_.on_dropped)
      events_.on_dropped(result.dropped);
    if (result.overflow)
      end({net::ws_closed::cause::overflow, 1006, {}, "write queue full"});
  }

  void close(std::uint16_t code, std::string_view) override {
    end({net::ws_closed::cause::closed_by_us, code, {}, {}});
  }

  void abort() override {
    end({net::ws_closed::cause::lost, 1006, {}, {}});
  }

  std::size_t queued_bytes() const noexcept override {
    return queue.bytes();
  }

  net::shard_loop& loop() const noexcept override {
    static net::shard_loop result{0};
    return result;
  }

  void say(std::string_view text) {
    if (auto f = events_.on_text)
      f(text);
  }

  void end(net::ws_closed how) {
    auto events = std::exchange(events_, {});
    overflowed = overflowed || how.why == net::ws_closed::cause::overflow;
    if (events.on_closed)
      events.on_closed(how);
  }

  net::ws_queue queue{16'384};
  std::size_t dropped = 0;
  bool overflowed = false;

private:
  net::ws_events events_;
};

struct fixture : tests::call_fixture {
  using socket_ptr = std::shared_ptr<tests::fake_socket>;

  struct one_call {
    std::string sid;
    call_supervisor_actor supervisor;
    socket_ptr stream;
    socket_ptr session;
  };

  /// A behaviour that blocks its thread with the first event, until the end.
  void block_behaviours() {
    env->behaviours["blocks"] = [this](caf::actor_system& from,
                                       behaviour_context context) {
      auto result = from.spawn<caf::detached>(
        [until = released, context](
          behaviour_actor::pointer me) -> behaviour_actor::behavior_type {
          me->monitor(context.director);
          me->set_down_handler([me](caf::down_msg&) { me->quit(); });
          return {[until](const call_event&) { until.wait(); }};
        });
      auto done = std::make_shared<std::promise<void>>();
      ends.push_back(done->get_future());
      result->attach_functor([done](const caf::error&) { done->set_value(); });
      return result;
    };
  }

  ~fixture() {
    // Its thread is none of the scheduler's, which takes messages from one
    // only: when it goes on, there must be nobody left whom it could tell
    // anything.
    end_calls();
    release.set_value();
    for (auto& x : ends)
      x.wait();
  }

  call_supervisor_actor admit_as(const std::string& call_sid,
                                 const std::string& agent = "") {
    call_supervisor_actor result;
    ask(admit_call{call_sid, "+1", "+2", agent})
      .receive([&](const call_home& x) { result = x.supervisor; },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    return result;
  }

  one_call begin(const std::string& call_sid) {
    one_call result;
    result.sid = call_sid;
    result.supervisor = admit_as(call_sid);
    result.stream = std::make_shared<tests::fake_socket>();
    attach(result.supervisor, call_sid, result.stream);
    result.session = open_session();
    return result;
  }

  void attach(const call_supervisor_actor& supervisor,
              const std::string& call_sid, net::web_socket_ptr socket) {
    protocol::stream_start start{"MZ" + call_sid, "AC0", call_sid, {}};
    self->send(supervisor, stream_arrived{std::move(socket), start});
    consume_messages();
  }

  std::string frame_of(const std::string& call_sid, int timestamp_ms) const {
    return R"({"event":"media","sequenceNumber":"4","media":{"track":)"
           R"("inbound","chunk":"2","timestamp":")"
           + std::to_string(timestamp_ms) + R"(","payload":")"
           + protocol::base64::encode(
             protocol::audio_bytes(160, std::byte{0x7e}))
           + R"("},"streamSid":"MZ)" + call_sid + "\"}";
  }

  static std::string agent_audio(std::size_t length_ms,
                                 const std::string& response = "r") {
    return R"({"type":"response.output_audio.delta","event_id":"e",)"
           R"("response_id":")"
           + response + R"(","item_id":"i)" + response
           + R"(","output_index":0,"content_index":0,"delta":")"
           + std::string(length_ms * 8 / 3 * 4, 'A') + "\"}";
  }

  /// Whether a frame of each side leaves on the other one in the turn in which
  /// it came: no time passes, and no other message is handled.
  void check_passes(one_call& call, int timestamp_ms) {
    auto given = tests::count(call.session->sent, "append");
    call.stream->say(frame_of(call.sid, timestamp_ms));
    consume_messages();
    CAF_CHECK_EQUAL(tests::count(call.session->sent, "append"), given + 1);
    if (timestamp_ms % 60 != 0)
      return; // A message to Twilio carries 60 ms.
    auto played = tests::count(call.stream->sent, R"("event":"media")");
    call.session->say(agent_audio(60));
    consume_messages();
    CAF_CHECK_GREATER(tests::count(call.stream->sent, R"("event":"media")"),
                      played);
  }

  std::vector<std::future<void>> ends; ///< of those that block
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(isolation, fixture)

CAF_TEST(scenario_23_noisy_neighbours) {
  std::vector<one_call> others;
  for (int i = 0; i < 8; ++i)
    others.push_back(begin("CAother" + std::to_string(i)));
  // One call's behaviour blocks its thread ...
  block_behaviours();
  agent_profile blocked = env->agent;
  blocked.behaviours = {"blocks"};
  env->agents["blocked"] = std::make_shared<agent_profile>(blocked);
  one_call stuck{"CAstuck", admit_as("CAstuck", "blocked"),
                 std::make_shared<tests::fake_socket>(), nullptr};
  attach(stuck.supervisor, stuck.sid, stuck.stream);
  stuck.session = open_session();
  // ... and another one's peers do not read: a model that speaks without end.
  auto deaf = std::make_shared<stalled_socket>();
  auto noisy = admit_as("CAnoisy");
  attach(noisy, "CAnoisy", deaf);
  auto loud = open_session();
  int timestamp = 0;
  for (int i = 0; i < 100; ++i) {
    loud->say(agent_audio(400));
    deaf->say(frame_of("CAnoisy", timestamp));
    for (auto& x : others)
      check_passes(x, timestamp);
    check_passes(stuck, timestamp); // Even of the call whose behaviour blocks.
    timestamp += 20;
    pass(20ms);
    CAF_CHECK_LESS_OR_EQUAL(deaf->queue.bytes(), 16'384u);
  }
  for (const auto& x : others) {
    CAF_CHECK(!x.stream->close_code);
    CAF_CHECK(!x.session->close_code);
  }
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 10);
}

CAF_TEST(a peer that does not read costs old media and then the socket) {
  auto deaf = std::make_shared<stalled_socket>();
  auto supervisor = admit();
  self->send(supervisor, stream_arrived{deaf, protocol::stream_start{
                                                stream_sid, "AC0", sid, {}}});
  consume_messages();
  auto session = open_session();
  // Nothing is played, so that no mark comes back; each barge-in clears.
  for (int i = 0; i < 400 && !deaf->overflowed; ++i) {
    auto id = std::to_string(i);
    say(session, R"({"type":"response.created","event_id":"e","response":{)"
                 R"("id":")"
                   + id + "\"}}");
    say(session, agent_audio(400, id));
    pass(400ms);
    say(session, R"({"type":"input_audio_buffer.speech_started","event_id":)"
                 R"("e","audio_start_ms":0,"item_id":"i"})");
  }
  CAF_CHECK_GREATER(deaf->dropped, 0u);
  CAF_CHECK(deaf->overflowed);
}

CAF_TEST(a model that does not read costs the oldest of the caller) {
  auto supervisor = admit();
  auto stream = open_stream(supervisor);
  auto deaf = std::make_shared<stalled_socket>();
  auto done = std::exchange(dials.back()->done, {});
  done(net::web_socket_ptr{deaf});
  consume_messages();
  deaf->say(created());
  consume_messages();
  deaf->say(updated());
  consume_messages();
  for (int i = 0; i < 1000; ++i)
    say(stream, media_frame(20 * i));
  CAF_CHECK_GREATER(deaf->dropped, 0u);
  CAF_CHECK(!deaf->overflowed);
  CAF_CHECK_LESS_OR_EQUAL(deaf->queue.bytes(), 16'384u);
  CAF_CHECK(
    metrics_text().find(R"(offhook_dropped_frames_total{peer="openai"})")
    != std::string::npos);
  // Control is never dropped: the socket fails, and another one comes.
  for (int i = 0; i < 400 && dials.size() == 1; ++i) {
    self->send(supervisor,
               call_order{actors::orders::tell{std::string(200, 'x'), false}});
    consume_messages();
    pass(10ms);
  }
  CAF_CHECK(deaf->overflowed);
  CAF_CHECK_EQUAL(dials.size(), 2u);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(info().children[1].last_reason, "queue_overflow");
}

CAF_TEST_FIXTURE_SCOPE_END()
