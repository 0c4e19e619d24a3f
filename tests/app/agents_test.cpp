#define CAF_SUITE app.agents

#include "app/agents.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <caf/test/dsl.hpp>

using namespace offhook;
using namespace offhook::app;

namespace {

struct fixture {
  std::filesystem::path file
    = std::filesystem::temp_directory_path()
      / ("offhook-agents-test-" + std::to_string(::getpid()) + ".txt");

  ~fixture() {
    std::filesystem::remove(file);
  }

  void set(const std::string& key, const std::string& value) {
    CAF_REQUIRE_EQUAL(x.set("agents.sales." + key, value, "test"), "");
  }

  actors::agent_profile read() {
    return read_agent(x, "sales");
  }

  settings x;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(agents_tests, fixture)

CAF_TEST(an agent that says nothing sends no more than it must) {
  auto agent = read();
  CAF_CHECK_EQUAL(agent.name, "sales");
  CAF_CHECK(agent.server_interrupts());
  const auto& session = agent.session;
  CAF_CHECK_EQUAL(session.noise_reduction, "");
  CAF_CHECK_EQUAL(session.reasoning_effort, "");
  CAF_CHECK_EQUAL(session.tool_choice, "");
  CAF_CHECK_EQUAL(session.eagerness, "");
  CAF_CHECK(!session.parallel_tool_calls);
  CAF_CHECK(!session.max_output_tokens);
  CAF_CHECK(!session.retention_ratio);
}

CAF_TEST(an agent is what it says) {
  set("model", "gpt-realtime-2.1-mini");
  set("numbers", "+15550001, +15550002,");
  set("noise-reduction", "far_field");
  set("reasoning-effort", "low");
  set("parallel-tool-calls", "off");
  set("tool-choice", "none");
  set("max-output-tokens", "2048");
  set("truncation.retention-ratio", "0.8");
  set("truncation.post-instructions", "16000");
  set("vad.idle-timeout", "6s");
  set("vad.type", "semantic");
  set("vad.eagerness", "high");
  set("interruption.min-speech", "300");
  auto agent = read();
  CAF_CHECK_EQUAL(agent.model, "gpt-realtime-2.1-mini");
  CAF_CHECK(agent.numbers
            == (std::vector<std::string>{"+15550001", "+15550002"}));
  CAF_CHECK(!agent.server_interrupts());
  CAF_CHECK_EQUAL(agent.session.noise_reduction, "far_field");
  CAF_CHECK_EQUAL(agent.session.reasoning_effort, "low");
  CAF_CHECK(agent.session.parallel_tool_calls == std::optional{false});
  CAF_CHECK_EQUAL(agent.session.tool_choice, "none");
  CAF_CHECK(agent.session.max_output_tokens == std::optional{2048u});
  CAF_CHECK(agent.session.retention_ratio == std::optional{0.8});
  CAF_CHECK(agent.session.post_instruction_tokens == std::optional{16'000u});
  CAF_CHECK(agent.session.turn_detection.idle_timeout_ms
            == std::optional{6'000u});
  CAF_CHECK_EQUAL(agent.session.eagerness, "high");
}

CAF_TEST(functions turn on who runs them and must be there) {
  set("tools", "end_call");
  set("behaviours", "silence");
  auto agent = read();
  CAF_CHECK(agent.behaviours == (std::vector<std::string>{"silence", "tools"}));
  CAF_REQUIRE_EQUAL(agent.session.tools.size(), 1u);
  CAF_CHECK_EQUAL(agent.session.tools[0].name, "end_call");
  set("keys.actions", "9=end, *=repeat");
  CAF_CHECK_EQUAL(read().keys.actions.size(), 2u);
  auto why_not = [this](const std::string& key, const std::string& value) {
    set(key, value);
    try {
      read();
    } catch (const std::exception& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  CAF_CHECK_NOT_EQUAL(why_not("keys.actions", "9=explode").find("9=explode"),
                      std::string::npos);
  set("keys.actions", "");
  CAF_CHECK_NOT_EQUAL(why_not("tools", "fly").find("agents.sales.tools"),
                      std::string::npos);
}

CAF_TEST(callers are connected with lines that there are) {
  set("tools", "transfer_call");
  auto why_not = [this](const std::string& key, const std::string& value) {
    auto before = x.text("agents.sales." + key);
    set(key, value);
    std::string result;
    try {
      read();
    } catch (const std::exception& error) {
      result = error.what();
    }
    set(key, before);
    return result;
  };
  CAF_CHECK_NOT_EQUAL(why_not("transfer.targets", "")
                        .find("'agents.sales.transfer.targets' is missing"),
                      std::string::npos);
  set("transfer.targets", "desk = +15550100, pbx=sip:desk@pbx.example.com");
  set("transfer.timeout", "7500ms");
  auto agent = read();
  CAF_CHECK_EQUAL(agent.transfer.targets.size(), 2u);
  CAF_CHECK_EQUAL(agent.transfer.targets["desk"], "+15550100");
  CAF_CHECK_EQUAL(agent.transfer.timeout_s, 8u);
  CAF_REQUIRE_EQUAL(agent.session.tools.size(), 1u);
  const auto& schema = agent.session.tools[0].parameters;
  CAF_CHECK_NOT_EQUAL(schema.find(R"("enum":["desk","pbx"])"),
                      std::string::npos);
  for (const auto* bad :
       {"desk", "desk=", "=+15550100", "a b=+15550100", "desk=555-0100",
        "desk=sip:desk", "desk=sip:a@b c", "desk=sip:a@b\"", "desk=+1",
        "desk=+15550100,desk=+15550101", "desk=+123456789012345678901"}) {
    CAF_MESSAGE(bad);
    CAF_CHECK_NOT_EQUAL(
      why_not("transfer.targets", bad).find("agents.sales.transfer.targets"),
      std::string::npos);
  }
  CAF_CHECK_NOT_EQUAL(
    why_not("transfer.caller-id", "me").find("agents.sales.transfer.caller-id"),
    std::string::npos);
}

CAF_TEST(instructions may be in a file) {
  std::ofstream{file} << "You sell umbrellas.\n";
  set("instructions-file", file.string());
  CAF_CHECK_EQUAL(read().session.instructions, "You sell umbrellas.\n");
  set("instructions-file", "/no/such/file");
  std::string why;
  try {
    read();
  } catch (const std::exception& error) {
    why = error.what();
  }
  CAF_CHECK(why.find("/no/such/file") != std::string::npos);
  CAF_CHECK(why.find("agents.sales.instructions-file") != std::string::npos);
}

CAF_TEST(functions of others are read and checked) {
  auto tool = [this](const std::string& key, const std::string& value) {
    CAF_REQUIRE_EQUAL(x.set("tools.look_up." + key, value, "test"), "");
  };
  auto why_not = [this] {
    try {
      read_agent(x, "sales", read_tools(x, {}));
    } catch (const std::exception& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  set("tools", "look_up, end_call");
  CAF_CHECK_NOT_EQUAL(why_not().find("agents.sales.tools"), std::string::npos);
  tool("description", "Finds an order.");
  CAF_CHECK_NOT_EQUAL(why_not().find("tools.look_up.url"), std::string::npos);
  tool("url", "https://crm.example.com/orders");
  CAF_CHECK_NOT_EQUAL(why_not().find("http-client.allow-origins"),
                      std::string::npos);
  CAF_REQUIRE_EQUAL(
    x.set("http-client.allow-origins", "https://crm.example.com", "test"), "");
  CAF_CHECK_EQUAL(why_not(), "");
  tool("parameters", R"({"type":"objekt"})");
  CAF_CHECK_NOT_EQUAL(why_not().find("tools.look_up.parameters"),
                      std::string::npos);
  CAF_CHECK_NOT_EQUAL(why_not().find("/type"), std::string::npos);
  std::ofstream{file} << R"({"type":"object","required":["number"]})";
  tool("parameters-file", file.string());
  tool("deadline", "3s");
  tool("filler", "Say that you are looking.");
  tool("filler-after", "2s");
  tool("cancel-on-interruption", "true");
  tool("max-response", "1000");
  auto agent = read_agent(x, "sales", read_tools(x, {}));
  CAF_REQUIRE_EQUAL(agent.session.tools.size(), 2u);
  CAF_CHECK_EQUAL(agent.session.tools[0].name, "look_up");
  CAF_CHECK_EQUAL(agent.session.tools[0].description, "Finds an order.");
  CAF_CHECK_EQUAL(agent.session.tools[0].parameters,
                  R"({"type":"object","required":["number"]})");
  CAF_REQUIRE_EQUAL(agent.webhooks.size(), 1u);
  const auto& run = *agent.webhooks["look_up"];
  CAF_CHECK_EQUAL(run.url, "https://crm.example.com/orders");
  CAF_CHECK_EQUAL(run.deadline_ms, 3000u);
  CAF_CHECK_EQUAL(run.filler, "Say that you are looking.");
  CAF_CHECK_EQUAL(run.filler_after_ms, 2000u);
  CAF_CHECK(run.cancel_on_interruption);
  CAF_CHECK_EQUAL(run.max_response_bytes, 1000u);
  CAF_CHECK(!run.schema->check("{}").empty());
  CAF_CHECK(agent.behaviours == std::vector<std::string>{"tools"});
  // A name that is taken, and origins that are none.
  CAF_REQUIRE_EQUAL(
    x.set("tools.end_call.url", "https://crm.example.com/", "test"), "");
  CAF_CHECK_NOT_EQUAL(why_not().find("end_call"), std::string::npos);
  CAF_REQUIRE_EQUAL(
    x.set("http-client.allow-origins", "crm.example.com", "test"), "");
  CAF_CHECK_NOT_EQUAL(why_not().find("http-client.allow-origins"),
                      std::string::npos);
}

CAF_TEST(a called number chooses the agent) {
  std::map<std::string, actors::agent_ptr> agents;
  set("numbers", "+15550001,+15550002");
  agents["sales"] = std::make_shared<actors::agent_profile>(read());
  CAF_CHECK_EQUAL(agent_for_number(agents, "+15550002"), "sales");
  CAF_CHECK_EQUAL(agent_for_number(agents, "+15550003"), "");
  CAF_CHECK_EQUAL(agent_for_number(agents, ""), "");
}

CAF_TEST(names in braces are filled in) {
  const std::map<std::string, std::string> values{{"caller", "+15550009"},
                                                  {"who", "{{caller}}"},
                                                  {"empty", ""}};
  using actors::fill_in;
  CAF_CHECK_EQUAL(fill_in("{{caller}} calls", values), "+15550009 calls");
  CAF_CHECK_EQUAL(fill_in("a{{ caller }}b{{empty}}c", values), "a+15550009bc");
  CAF_CHECK_EQUAL(fill_in("{{unknown}} stays", values), "{{unknown}} stays");
  // What a value has in braces is text.
  CAF_CHECK_EQUAL(fill_in("{{who}}", values), "{{caller}}");
  for (const auto* text : {"", "{{", "}}", "{{caller", "{ {caller} }", "{{}}"})
    CAF_CHECK_EQUAL(fill_in(text, values), text);
}

CAF_TEST(prices are those of the configuration) {
  CAF_CHECK(read_prices(x).models.empty());
  x.set("prices.as-of", "2026-11-01", "test");
  x.set("prices.gpt-realtime-2.1.audio-in", "32", "test");
  auto prices = read_prices(x);
  CAF_CHECK_EQUAL(prices.as_of, "2026-11-01");
  CAF_REQUIRE(prices.find("gpt-realtime-2.1"));
  CAF_CHECK_EQUAL(prices.find("gpt-realtime-2.1")->audio_in, 32.0);
  CAF_CHECK(!prices.find("gpt-realtime-9"));
}

CAF_TEST_FIXTURE_SCOPE_END()
