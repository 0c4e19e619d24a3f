// A whole call whose Media Streams sockets come and go, as the registry and
// Twilio see it. On virtual time.
#define CAF_SUITE actors.call_streams

#include "actors/call_token.hpp"
#include "actors/call_tools.hpp"
#include "protocol/base64.hpp"
#include "tests/fakes/call.hpp"

using namespace offhook;
using namespace offhook::actors;
using namespace std::chrono_literals;

namespace {

using kind = next_step::kind;
using socket_ptr = std::shared_ptr<tests::fake_socket>;

const std::string second_sid = "MZ00000000000000000000000000000002";

struct fixture : tests::call_fixture {
  fixture() {
    env->behaviours = built_in_behaviours();
    env->agent.behaviours = {"tools"};
    for (const auto* name : {"end_call", "transfer_call"})
      env->agent.session.tools.push_back(*built_in_tool(name, env->agent));
    env->agent.transfer.targets = {{"desk", "+15550100"}};
  }

  ~fixture() {
    // Whatever happened, nothing is left of the call.
    self->send(registry, end_call{call_outcome::ended_by_us}, sid);
    pass(10s);
    CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
  }

  void begin() {
    supervisor = admit();
    stream = open("first", stream_sid, 1);
    session = open_session();
  }

  socket_ptr open(const std::string& token, const std::string& id,
                  int attempt) {
    auto socket = std::make_shared<tests::fake_socket>();
    protocol::stream_start start{id, "AC0", sid, {}};
    if (!token.empty())
      start.custom_parameters["token"] = token;
    start.custom_parameters["attempt"] = std::to_string(attempt);
    self->send(supervisor, stream_arrived{socket, start});
    consume_messages();
    return socket;
  }

  /// Lets time pass as it does: every timer gets its turn.
  void wait(ms length) {
    for (auto passed = ms{0}; passed < length; passed += ms{50})
      pass(ms{50});
  }

  void reset(const socket_ptr& socket) {
    socket->end({net::ws_closed::cause::lost, 1006, {}, "reset"});
    consume_messages();
  }

  void stop(const socket_ptr& socket, const std::string& id) {
    say(socket, R"({"event":"stop","sequenceNumber":"9","stop":{"accountSid":)"
                R"("AC0","callSid":")"
                  + sid + R"("},"streamSid":")" + id + "\"}");
  }

  void media(const socket_ptr& socket, const std::string& id, int at_ms = 20) {
    say(socket,
        R"({"event":"media","sequenceNumber":"4","media":{"track":"inbound",)"
        R"("chunk":"2","timestamp":")"
          + std::to_string(at_ms) + R"(","payload":"AAECAw=="},"streamSid":")"
          + id + "\"}");
  }

  /// The model begins to say something, and goes on with it.
  void agent_says(const std::string& response, const std::string& item,
                  std::uint64_t ms, const std::string& text) {
    say(session, R"({"type":"response.created","event_id":"e","response":{)"
                 R"("id":")"
                   + response + "\"}}");
    audio(response, item, ms);
    say(session,
        R"({"type":"response.output_audio_transcript.done","event_id":"e",)"
        R"("response_id":")"
          + response + R"(","item_id":")" + item
          + R"(","output_index":0,"content_index":0,"transcript":")" + text
          + "\"}");
  }

  void audio(const std::string& response, const std::string& item,
             std::uint64_t ms) {
    say(session, R"({"type":"response.output_audio.delta","event_id":"e",)"
                 R"("response_id":")"
                   + response + R"(","item_id":")" + item
                   + R"(","output_index":0,"content_index":0,"delta":")"
                   + protocol::base64::encode(
                     std::vector<std::byte>(ms * 8, std::byte{0x40}))
                   + "\"}");
  }

  void response_done(const std::string& response,
                     const std::string& status = "completed",
                     const std::string& output = "") {
    say(session, R"({"type":"response.done","event_id":"e","response":{"id":")"
                   + response + R"(","status":")" + status + R"(","output":[)"
                   + output + "]}}");
  }

  /// Twilio returns the newest mark that was sent by now.
  /// @returns the milliseconds of audio before it
  std::uint64_t return_mark(const socket_ptr& socket, const std::string& id) {
    std::uint64_t before = 0;
    std::uint64_t result = 0;
    std::string name;
    for (const auto& x : socket->sent) {
      if (x.find(R"("event":"media")") != std::string::npos) {
        auto begin = x.find(R"("payload":")") + 11;
        auto audio = protocol::base64::decode(
          x.substr(begin, x.find('"', begin) - begin));
        before += audio ? audio->size() / 8 : 0;
      } else if (auto at = x.find(R"("name":")"); at != std::string::npos) {
        name = x.substr(at + 8, x.find('"', at + 8) - at - 8);
        result = before;
      }
    }
    CAF_REQUIRE(!name.empty());
    say_mark(socket, id, name);
    last_mark = name;
    return result;
  }

  void say_mark(const socket_ptr& socket, const std::string& id,
                const std::string& name) {
    say(socket, R"({"event":"mark","sequenceNumber":"7","streamSid":")" + id
                  + R"(","mark":{"name":")" + name + "\"}}");
  }

  next_step ask_next(const std::string& retry_token = "",
                     std::uint32_t attempt = 0, bool caller_gone = false,
                     const std::string& dial_status = "") {
    next_step result;
    ask(ask_next_step{sid, caller_gone, dial_status, retry_token, attempt})
      .receive([&](const next_step& x) { result = x; },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    consume_messages();
    return result;
  }

  std::string state() {
    return to_string(info().state);
  }

  std::string outcome() {
    return to_string(info().outcome);
  }

  std::size_t told(std::string_view part) {
    return tests::count(session->sent, part);
  }

  bool counted(std::string_view line) {
    return metrics_text().find(line) != std::string::npos;
  }

  std::vector<log_entry> said() {
    std::vector<log_entry> result;
    ask(get_document{sid})
      .receive([&](const call_document& x) { result = x.entries; },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    return result;
  }

  call_supervisor_actor supervisor;
  socket_ptr stream;
  socket_ptr session;
  std::string last_mark;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(call_streams_tests, fixture)

CAF_TEST(scenario_14_a new stream has the same session and the agent goes on) {
  begin();
  media(stream, stream_sid);
  agent_says("r1", "i1", 2000, "We are open from nine to five on weekdays.");
  pass(200ms);
  auto heard = return_mark(stream, stream_sid);
  CAF_CHECK_GREATER(heard, 100u);
  CAF_CHECK_LESS(heard, 600u);
  pass(400ms); // Whatever sounded since: nobody has confirmed it.
  reset(stream);
  CAF_CHECK_EQUAL(state(), "reattaching");
  CAF_CHECK_EQUAL(info().children[0].restarts, 1u);
  CAF_CHECK_EQUAL(info().children[0].state, "restarting");
  CAF_CHECK_EQUAL(info().children[0].last_reason, "connection_lost");
  CAF_CHECK(counted("offhook_socket_restarts_total{reason=\"connection_lost\","
                    "socket=\"twilio\"} 1")
            || counted("offhook_socket_restarts_total{socket=\"twilio\","
                       "reason=\"connection_lost\"} 1"));
  // The model says no more to an empty line, and learns what was heard.
  CAF_CHECK_EQUAL(told("response.cancel"), 1u);
  CAF_CHECK_EQUAL(told("conversation.item.truncate"), 1u);
  CAF_CHECK_EQUAL(told("\"audio_end_ms\":" + std::to_string(heard)), 1u);
  response_done("r1", "cancelled");
  auto entries = said();
  CAF_REQUIRE_EQUAL(entries.size(), 1u);
  CAF_CHECK(!entries[0].text.empty());
  CAF_CHECK(!entries[0].unheard.empty());
  pass(2s);
  auto step = ask_next();
  CAF_CHECK(step.what == kind::connect);
  CAF_CHECK_EQUAL(step.attempt, 2u);
  CAF_CHECK_EQUAL(told("response.create"), 0u);
  auto second = open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(info().stream_sid, second_sid);
  CAF_CHECK_EQUAL(info().children[0].state, "running");
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK(!session->close_code);
  CAF_CHECK_EQUAL(told("The line broke off"), 1u);
  CAF_CHECK_EQUAL(told("response.create"), 1u);
  // Nothing of the old stream's is played again; what comes now is.
  CAF_CHECK_EQUAL(tests::count(second->sent, R"("event":"media")"), 0u);
  agent_says("r2", "i2", 500, "I said nine to five.");
  CAF_CHECK_GREATER(tests::count(second->sent, R"("event":"media")"), 0u);
  CAF_CHECK_EQUAL(tests::count(second->sent, second_sid), second->sent.size());
  // The caller is heard, once.
  media(second, second_sid);
  CAF_CHECK_EQUAL(told("append"), 2u);
  // A mark of the old stream's says nothing about this one's audio.
  auto stale = env->metrics->stale_marks->value();
  say_mark(second, second_sid, last_mark);
  CAF_CHECK_EQUAL(env->metrics->stale_marks->value(), stale + 1);
  pass(env->limits.reattach_grace + 1s);
  CAF_CHECK_EQUAL(state(), "talking");
  stop(second, second_sid);
  CAF_CHECK_EQUAL(outcome(), "completed");
  CAF_CHECK(session->close_code.has_value());
}

CAF_TEST(scenario_14_without a new stream all is torn down) {
  begin();
  reset(stream);
  pass(env->limits.reattach_grace - 1ms);
  CAF_CHECK_EQUAL(state(), "reattaching");
  CAF_CHECK(!session->close_code);
  pass(1ms);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
  CAF_CHECK(session->close_code.has_value());
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 0);
  CAF_CHECK(says_failure());
  // Nobody takes a stream of it any more.
  auto late = open("second", second_sid, 2);
  CAF_CHECK(!late->started);
}

CAF_TEST(scenario_14_a stream that Twilio was told of and does not bring) {
  begin();
  reset(stream);
  pass(5s);
  CAF_CHECK(ask_next().what == kind::connect);
  pass(env->limits.reattach_grace - 1ms);
  CAF_CHECK_EQUAL(state(), "reattaching");
  pass(1ms);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
  CAF_CHECK(session->close_code.has_value());
}

CAF_TEST(scenario_14_an item of which no mark came is deleted) {
  begin();
  agent_says("r1", "i1", 2000, "We are open.");
  response_done("r1");
  pass(500ms);
  reset(stream);
  CAF_CHECK_EQUAL(told("conversation.item.delete"), 1u);
  CAF_CHECK_EQUAL(told("conversation.item.truncate"), 0u);
  open("second", second_sid, 2); // Twilio may be faster than its question.
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(told("response.create"), 1u);
}

CAF_TEST(scenario_14_the half open stream is given up when Twilio asks) {
  begin();
  stream->auto_confirm = false; // Nobody is there.
  auto step = ask_next("t1", 1);
  CAF_CHECK(step.what == kind::connect);
  CAF_CHECK(stream->close_code == net::close_code::going_away);
  CAF_CHECK_EQUAL(state(), "reattaching");
  auto second = open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
  // What the old one still has to say is of the past.
  auto late = env->metrics->late_messages->value();
  media(stream, stream_sid);
  CAF_CHECK_EQUAL(told("append"), 0u);
  CAF_CHECK_EQUAL(env->metrics->late_messages->value(), late + 1);
  stop(stream, stream_sid);
  stream->confirm_close();
  consume_messages();
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK(!second->close_code);
  // So is the question: tried again, it has the answer that it had.
  CAF_CHECK(ask_next("t1", 1) == step);
  CAF_CHECK(ask_next("", 1) == step);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(info().children[0].restarts, 1u);
  // About the new one it is a question like the first.
  step = ask_next("t2", 2);
  CAF_CHECK_EQUAL(step.attempt, 3u);
  CAF_CHECK(second->close_code.has_value());
  CAF_CHECK_EQUAL(state(), "reattaching");
}

CAF_TEST(scenario_14_a stop of the stream that was given up) {
  begin();
  stream->auto_confirm = false;
  env->limits.media_timeout = 2s;
  reset(stream);
  auto second = open("second", second_sid, 2);
  second->auto_confirm = false;
  wait(3s);
  CAF_CHECK_EQUAL(state(), "reattaching");
  CAF_CHECK_EQUAL(info().children[0].last_reason, "media_timeout");
  stop(second, second_sid); // It was not half-open after all.
  CAF_CHECK_EQUAL(state(), "reattaching");
  pass(env->limits.reattach_grace);
  CAF_CHECK_EQUAL(outcome(), "completed"); // Nobody asked: they hung up.
}

CAF_TEST(scenario_14_no media is a lost stream) {
  env->limits.media_timeout = 4s;
  begin();
  for (auto i = 0; i < 100; ++i) {
    pass(100ms);
    media(stream, stream_sid, 20 * i);
  }
  CAF_CHECK_EQUAL(state(), "talking");
  wait(4s - 50ms);
  CAF_CHECK_EQUAL(state(), "talking");
  wait(1050ms); // It is looked four times.
  CAF_CHECK_EQUAL(state(), "reattaching");
  CAF_CHECK(stream->close_code == net::close_code::going_away);
  CAF_CHECK_EQUAL(info().children[0].last_reason, "media_timeout");
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a thread that stood still does not blame the peer) {
  env->limits.media_timeout = 4s;
  begin();
  pass(1min); // In one step.
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(streams that do not last are tried a bounded number of times) {
  env->limits.reattach_attempts = 3;
  begin();
  for (auto i = 2; i < 5; ++i) {
    reset(stream);
    CAF_REQUIRE_EQUAL(state(), "reattaching");
    CAF_CHECK_EQUAL(ask_next().attempt, static_cast<std::uint32_t>(i));
    stream = open("t" + std::to_string(i), second_sid, i);
  }
  reset(stream);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
  CAF_CHECK(session->close_code.has_value());
  auto step = ask_next();
  CAF_CHECK(step.what == kind::hang_up);
  CAF_CHECK(step.say_failure);
}

CAF_TEST(a stream that lasted gives the attempts back) {
  env->limits.reattach_attempts = 1;
  begin();
  for (auto i = 2; i < 8; ++i) {
    pass(30s);
    reset(stream);
    CAF_REQUIRE_EQUAL(state(), "reattaching");
    ask_next();
    stream = open("t" + std::to_string(i), second_sid, i);
  }
  pass(29s);
  reset(stream);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
}

CAF_TEST(streams that cannot be opened are tried a bounded number of times) {
  env->limits.reattach_attempts = 3;
  begin();
  reset(stream);
  for (auto i = 2u; i < 5; ++i) {
    pass(5s);
    auto step = ask_next("q" + std::to_string(i), i - 1);
    CAF_CHECK(step.what == kind::connect);
    CAF_CHECK_EQUAL(step.attempt, i);
  }
  auto step = ask_next("q5", 4);
  CAF_CHECK(step.what == kind::hang_up);
  CAF_CHECK(step.say_failure);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
}

CAF_TEST(a first stream that cannot be opened is tried again) {
  supervisor = admit();
  session = open_session();
  auto step = ask_next("q1", 1);
  CAF_CHECK(step.what == kind::connect);
  CAF_CHECK_EQUAL(step.attempt, 2u);
  CAF_CHECK_EQUAL(state(), "waiting_for_stream");
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(told("The line broke off"), 0u);
}

CAF_TEST(no attempts at all) {
  env->limits.reattach_attempts = 0;
  begin();
  reset(stream);
  CAF_CHECK_EQUAL(outcome(), "stream_lost");
}

CAF_TEST(the newest stream with a token of its own wins) {
  begin();
  auto none = open("", second_sid, 2);
  auto used = open("first", second_sid, 2);
  for (const auto& x : {none, used})
    CAF_CHECK(x->close_code == net::close_code::policy_violation);
  CAF_CHECK(!stream->close_code);
  CAF_CHECK_EQUAL(env->metrics->refused_streams->value(), 2);
  agent_says("r1", "i1", 2000, "We are open.");
  auto newest = open("second", second_sid, 2);
  CAF_CHECK(stream->close_code == net::close_code::going_away);
  CAF_CHECK(newest->started);
  CAF_CHECK_EQUAL(info().stream_sid, second_sid);
  CAF_CHECK_EQUAL(info().children[0].last_reason, "stream_replaced");
  CAF_CHECK_EQUAL(told("conversation.item.delete"), 1u);
  media(newest, second_sid);
  CAF_CHECK_EQUAL(told("append"), 1u);
  // It costs no attempt: nothing was lost.
  for (auto i = 0; i < 10; ++i)
    open("more" + std::to_string(i), second_sid, 3);
  CAF_CHECK_EQUAL(state(), "talking");
  // And none of their tokens is good for another.
  for (const auto* token : {"first", "second", "more3", "more9"})
    CAF_CHECK(open(token, second_sid, 3)->close_code
              == net::close_code::policy_violation);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a stream without a token is not the one that a lost one waits for) {
  begin();
  reset(stream);
  CAF_CHECK_EQUAL(state(), "reattaching");
  auto none = open("", second_sid, 2);
  CAF_CHECK(none->close_code == net::close_code::policy_violation);
  CAF_CHECK_EQUAL(env->metrics->refused_streams->value(), 1);
  CAF_CHECK_EQUAL(state(), "reattaching");
  auto second = open("second", second_sid, 2);
  CAF_CHECK(!second->close_code);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(scenario_15_two webhooks and two streams are one call) {
  auto key = [this](int i) {
    return call_token::make(env->token_key, sid, env->wall_clock() + i, 60);
  };
  ask(admit_call{sid, "+15017122661", "+15558675310", {}, {}, "w1"})
    .receive([&](const call_home& x) { supervisor = x.supervisor; },
             [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
  for (const auto* token : {"w1", "w2", ""})
    ask(admit_call{sid, "+15017122661", "+15558675310", {}, {}, token})
      .receive([&](
                 const call_home& x) { CAF_CHECK(x.supervisor == supervisor); },
               [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
  session = open_session();
  auto first = arrive(key(0), true);
  auto second = arrive(key(1), true);
  CAF_CHECK_EQUAL(env->metrics->calls_started->value(), 1);
  CAF_CHECK_EQUAL(env->metrics->active_calls->value(), 1);
  CAF_CHECK_EQUAL(dials.size(), 1u);
  CAF_CHECK(first->close_code == net::close_code::going_away);
  CAF_CHECK(!second->close_code);
  CAF_CHECK_EQUAL(state(), "talking");
  media(second, stream_sid);
  CAF_CHECK_EQUAL(told("append"), 1u);
  pass(1min);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(scenario_15_a webhook that is tried again after its call) {
  auto began = [this](const std::string& token) {
    auto result = false;
    ask(admit_call{sid, "", "", {}, {}, token})
      .receive(
        [&](const call_home& x) {
          result = true;
          supervisor = x.supervisor;
        },
        [](const caf::error&) {});
    return result;
  };
  CAF_CHECK(began("w1"));
  self->send(registry, end_call{call_outcome::ended_by_us}, sid);
  pass(10s);
  CAF_CHECK(!began("w1"));
  CAF_CHECK_EQUAL(env->metrics->calls_started->value(), 1);
  CAF_CHECK(began("w2"));
}

CAF_TEST(a call that was to end does not come back) {
  begin();
  stream->auto_confirm = false;
  self->send(registry, end_call{call_outcome::ended_by_us}, sid);
  consume_messages();
  CAF_CHECK(ask_next() == next_step{});
  reset(stream);
  CAF_CHECK_EQUAL(outcome(), "ended_by_us");
  CAF_CHECK(ask_next() == next_step{});
  CAF_CHECK_EQUAL(info().children[0].restarts, 0u);
}

CAF_TEST(a caller who hangs up while the stream is gone) {
  begin();
  reset(stream);
  CAF_CHECK(ask_next("", 1, true) == next_step{});
  CAF_CHECK_EQUAL(outcome(), "completed");
  CAF_CHECK(session->close_code.has_value());
}

CAF_TEST(a late answer of a dial leaves the stream alone) {
  begin();
  ask_next("", 0, false, "busy");
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK(!stream->close_code);
}

CAF_TEST(a shutdown while the stream is gone says why) {
  begin();
  reset(stream);
  auto over = false;
  sys.spawn([&](caf::event_based_actor* me) {
    me->request(registry, caf::infinite, shut_down{}).then([&] {
      over = true;
    });
  });
  consume_messages();
  CAF_CHECK(session->close_code.has_value());
  CAF_CHECK(!over); // The caller is owed a sentence.
  CAF_CHECK(ask_next().say_failure);
  CAF_CHECK(over);
}

CAF_TEST(a goodbye that nobody heard ends nothing) {
  begin();
  agent_says("r1", "i1", 1000, "Goodbye.");
  response_done("r1", "completed",
                R"({"id":"f","type":"function_call","call_id":"c1","name":)"
                R"("end_call","arguments":"{}"})");
  pass(100ms);
  reset(stream);
  CAF_CHECK_EQUAL(state(), "reattaching");
  CAF_CHECK_EQUAL(told("the line broke off"), 1u);
  pass(14s); // The deadline of the hang-up is gone.
  CAF_CHECK_EQUAL(state(), "reattaching");
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
  CAF_CHECK_EQUAL(told("response.create"), 1u);
}

CAF_TEST(a transfer that was about to begin is for the agent to repeat) {
  begin();
  agent_says("r1", "i1", 1000, "I put you through.");
  response_done("r1", "completed",
                R"({"id":"f","type":"function_call","call_id":"c1","name":)"
                R"("transfer_call","arguments":"{\"target\":\"desk\"}"})");
  pass(100ms);
  reset(stream);
  CAF_CHECK_EQUAL(told("the line broke off"), 1u);
  CAF_CHECK(ask_next().what == kind::connect);
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(a stream that is lost while it leaves for a transfer) {
  begin();
  agent_says("r1", "i1", 200, "I put you through.");
  response_done("r1", "completed",
                R"({"id":"f","type":"function_call","call_id":"c1","name":)"
                R"("transfer_call","arguments":"{\"target\":\"desk\"}"})");
  // The bridge has left, and what it says comes after the loss.
  reset(stream);
  self->send(supervisor, leave_line{orders::transfer{"c1", "desk"}});
  consume_messages();
  CAF_CHECK_EQUAL(state(), "away");
  CAF_CHECK(ask_next().what == kind::dial);
  CAF_CHECK_EQUAL(state(), "away");
  CAF_CHECK(ask_next("", 0, false, "busy").what == kind::connect);
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(state(), "talking");
}

CAF_TEST(functions that run have the word first) {
  env->behaviours["tools"] = [](caf::actor_system& from,
                                behaviour_context context) {
    return from.spawn(
      [context](behaviour_actor::pointer me) -> behaviour_actor::behavior_type {
        me->monitor(context.director);
        me->set_down_handler([me](caf::down_msg&) { me->quit(); });
        return {[](const call_event&) {}}; // The test runs them.
      });
  };
  begin();
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r1"}})");
  response_done("r1", "completed",
                R"({"id":"f","type":"function_call","call_id":"c1","name":)"
                R"("nobody_knows","arguments":"{}"})");
  reset(stream);
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(told("The line broke off"), 1u);
  CAF_CHECK_EQUAL(told("response.create"), 0u);
  self->send(supervisor, call_order{orders::answer_tool{"c1", "{}", true}});
  consume_messages();
  CAF_CHECK_EQUAL(told("response.create"), 1u);
}

CAF_TEST(the turn of a caller whose line breaks off is closed) {
  begin();
  media(stream, stream_sid);
  say(session, R"({"type":"input_audio_buffer.speech_started","event_id":"e",)"
               R"("audio_start_ms":0,"item_id":"u1"})");
  reset(stream);
  auto before = told("append");
  wait(600ms);
  CAF_CHECK_GREATER(told("append"), before);
  say(session, R"({"type":"input_audio_buffer.speech_stopped","event_id":"e",)"
               R"("audio_end_ms":500,"item_id":"u1"})");
  before = told("append");
  wait(1s);
  CAF_CHECK_EQUAL(told("append"), before);
  // What the server says to half a sentence is for nobody.
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r1"}})");
  CAF_CHECK_EQUAL(told("response.cancel"), 1u);
  response_done("r1", "cancelled");
  open("second", second_sid, 2);
  CAF_CHECK_EQUAL(told("response.create"), 1u);
}

CAF_TEST(a greeting that nobody heard anything of is said again) {
  env->agent.greeting = "Say hello.";
  begin();
  CAF_CHECK_EQUAL(told("\"purpose\":\"greeting\""), 1u);
  reset(stream);
  open("second", second_sid, 2);
  say(session, R"({"type":"response.created","event_id":"e","response":{)"
               R"("id":"r1","metadata":{"create":"1"}}})");
  response_done("r1", "cancelled");
  CAF_CHECK_EQUAL(told("\"purpose\":\"greeting\""), 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
