// The corpus of Realtime frames as a whole call: state and order.
#define CAF_SUITE app.corpus_replay

#include <caf/deep_to_string.hpp>

#include "tests/app/corpus_server.hpp"
#include "tests/app/virtual_call.hpp"

using namespace offhook;
using namespace offhook::app;
using namespace std::chrono_literals;

namespace {

/// Lines of a client that tries what is refused, or asks for what a call does
/// not need. What the server answers is played, and must harm nothing.
const std::vector<std::string> not_ours{
  "cl_0006", // a second response while one is active
  "cl_0007", // a cancellation when there is nothing to cancel
  "cl_0008", // a truncation beyond the end
  "cl_0009", // the input buffer cleared
  "cl_0010", // an empty buffer committed
  "cl_0012", // an item retrieved
  "cl_0013", // an item of the caller's deleted
};

struct fixture : tests::virtual_call {
  fixture() {
    protocol::openai::function_tool tool;
    tool.name = "lookup_order";
    tool.parameters = R"({"type":"object"})";
    env->agent.session.tools = {tool};
    env->agent.behaviours = {"tools", "keys"};
    env->behaviours = actors::built_in_behaviours();
    // When that session has expired there is another one.
    env->dial =
      [this, others = env->dial](const net::ws_client_options& options,
                                 std::function<void(net::connect_result)> done)
      -> std::shared_ptr<net::ws_dial> {
      if (!sessions.empty())
        return others(options, std::move(done));
      sessions.push_back(std::make_shared<tests::machine_socket>(server));
      done(net::web_socket_ptr{sessions.back()});
      return {};
    };
  }

  ~fixture() override {
    end();
    sessions.clear(); // The first knows `server`, which goes now.
  }

  std::vector<std::string> transcript() {
    std::vector<std::string> result;
    ask(actors::get_document{sid})
      .receive(
        [&](const actors::call_document& x) {
          for (const auto& entry : x.entries)
            result.push_back(to_string(entry.kind) + ": " + entry.text);
        },
        [](const caf::error& x) { CAF_FAIL(caf::to_string(x)); });
    return result;
  }

  tests::corpus_server server{OFFHOOK_TEST_DATA_DIR "/openai-session.jsonl",
                              not_ours};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(corpus_replay, fixture)

CAF_TEST(a whole call sends what the corpus sends and in its order) {
  namespace steps = standins::steps;
  begin({{steps::pause{60'000}, 61'000},
         {steps::press{'0'}},
         {steps::press{'#'}},
         {steps::pause{30'000}, 31'000},
         {steps::hang_up{}}});
  run(150s);
  end();
  CAF_MESSAGE("stands at " << server.position());
  CAF_CHECK_EQUAL(server.failure, "");
  CAF_CHECK(server.through());
  CAF_CHECK(server.left().empty());
  for (const auto& x : server.left())
    CAF_MESSAGE("left: " << x);
  CAF_CHECK(
    server.matched
    == (std::vector<std::string>{
      "session.update", "response.create", "conversation.item.truncate",
      "conversation.item.create", "response.create", "conversation.item.create",
      "response.create", "response.create"}));
  CAF_CHECK_EQUAL(phone->failure(), "");
  CAF_CHECK_EQUAL(server.errors, 5u); // None of which ends the call.
  CAF_CHECK_EQUAL(sessions.size(), 2u);
  CAF_CHECK_EQUAL(env->metrics->barge_ins->value(), 1);
  CAF_CHECK_EQUAL(to_string(info().outcome), "completed");
  // What the caller heard of it, in the order of the conversation.
  const std::vector<std::string> expected{
    "agent: Thanks for calling Acme. How can I help?",
    "caller: What are your opening hours?",
    "agent: We",
    "caller: Actually, where is order four two seven?",
    "agent: One moment, I am checking that order.",
    R"(tool_call: {"order_number":"427"})",
    R"(tool_result: {"error":"there is no such function"})",
    "agent: Order four two seven has shipped and should arrive Wednesday.",
    "agent: Are you still there?",
    "keys: 0",
  };
  CAF_CHECK_EQUAL(caf::deep_to_string(transcript()),
                  caf::deep_to_string(expected));
}

CAF_TEST_FIXTURE_SCOPE_END()
