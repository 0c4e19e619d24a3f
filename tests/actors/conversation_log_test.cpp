#define CAF_SUITE actors.conversation_log

#include "actors/conversation_log.hpp"

#include "actors/call_past.hpp"
#include "actors/call_record.hpp"
#include "actors/usage_ledger.hpp"

#include <caf/test/dsl.hpp>

using namespace offhook::actors;

namespace {

/// Entries as `kind: text [unheard]`, one a line.
std::string text_of(const conversation_log& log) {
  std::string result;
  for (const auto& x : log.entries()) {
    result += to_string(x.kind) + ": ";
    if (!x.name.empty())
      result += x.name + ' ';
    result += x.text;
    if (!x.unheard.empty())
      result += " [" + x.unheard + ']';
    result += '\n';
  }
  return result;
}

} // namespace

CAF_TEST(the part of a text that was heard) {
  CAF_CHECK_EQUAL(heard_part("We are open from nine", 10, 10),
                  "We are open from nine");
  CAF_CHECK_EQUAL(heard_part("We are open from nine", 5, 10), "We are");
  CAF_CHECK_EQUAL(heard_part("We are open from nine", 6, 10), "We are open");
  CAF_CHECK_EQUAL(heard_part("We are open", 0, 10), "");
  CAF_CHECK_EQUAL(heard_part("Incomprehensibilities", 9, 10), "");
  CAF_CHECK_EQUAL(heard_part("", 5, 10), "");
  // A script that has no blanks: twelve characters of three bytes each.
  const std::string japanese = "\u6708\u66dc\u65e5\u306e\u4e5d\u6642\u304b"
                               "\u3089\u4e94\u6642\u307e\u3067";
  CAF_CHECK_EQUAL(heard_part(japanese + japanese, 35, 72),
                  japanese.substr(0, 33));
  // Never half a character.
  CAF_CHECK_EQUAL(heard_part("\xC5\x81\xC3\xB3"
                             "d\xC5\xBA ok",
                             7, 10),
                  "\xC5\x81\xC3\xB3"
                  "d\xC5\xBA");
}

CAF_TEST(the order is that of the chain) {
  conversation_log log;
  log.added("greet", "", log_kind::agent);
  log.agent_text("greet", "Hello.", true);
  log.sounds("greet");
  log.sounds("answer");
  // The answer is told of before the question.
  log.added("answer", "question", log_kind::agent);
  log.agent_text("answer", "At ", false);
  log.agent_text("answer", "nine.", false);
  log.added("question", "greet", log_kind::caller);
  log.added("answer", "question", log_kind::agent);
  log.added("thanks", "answer", log_kind::caller);
  log.transcript("thanks", "Thanks.");
  log.transcript("question", "When do you open?");
  CAF_CHECK_EQUAL(text_of(log), "agent: Hello.\ncaller: When do you open?\n"
                                "agent: At nine.\ncaller: Thanks.\n");
}

CAF_TEST(what was not heard is marked) {
  conversation_log log;
  log.agent_text("a", "We are open from nine to five.", true);
  log.sounds("a");
  log.cut("a", 2000, 4000);
  log.sounds("a"); // As before.
  log.agent_text("b", "And on Sunday we are closed.", true);
  log.sounds("b");
  log.removed("b");
  log.agent_text("c", "Or are we?", true); // Never played.
  CAF_CHECK(log.has_sounded("b"));
  CAF_CHECK(!log.has_sounded("c"));
  // The end of a cancelled item has no text, or more of it: it stays cut.
  log.agent_text("a", "", true);
  CAF_CHECK_EQUAL(text_of(log), "agent: We are open [from nine to five.]\n"
                                "agent:  [And on Sunday we are closed.]\n"
                                "agent:  [Or are we?]\n");
}

CAF_TEST(what we put there stays what it is when the server tells of it) {
  conversation_log log;
  log.keys("k", "42");
  log.note("n", "The transfer failed.");
  log.added("k", "", log_kind::caller);
  log.added("n", "k", log_kind::caller);
  CAF_CHECK_EQUAL(text_of(log), "keys: 42\nnote: The transfer failed.\n");
}

CAF_TEST(tools keys and notes have their place) {
  conversation_log log;
  log.transcript("q", "Where is my order?");
  log.tool_call("f", "call_1", "look_up", R"({"order":7})");
  log.tool_result("o", "call_1", R"({"status":"shipped"})");
  log.keys("k", "1234#");
  log.note("n", "transfer failed: busy");
  log.added("o", "f", log_kind::tool_result); // Acknowledged.
  auto all = log.entries();
  CAF_REQUIRE_EQUAL(all.size(), 5u);
  CAF_CHECK_EQUAL(all[1].name, "look_up");
  CAF_CHECK_EQUAL(all[1].call_id, all[2].call_id);
  CAF_CHECK_EQUAL(all[2].text, R"({"status":"shipped"})");
  CAF_CHECK(all[3].kind == log_kind::keys);
  CAF_CHECK(all[4].kind == log_kind::note);
}

CAF_TEST(items without words are left out) {
  conversation_log log;
  log.added("noise", "", log_kind::caller); // No transcript came.
  log.added("b", "noise", log_kind::agent);
  log.agent_text("b", "Hello?", true);
  log.sounds("b");
  CAF_CHECK_EQUAL(text_of(log), "agent: Hello?\n");
}

CAF_TEST(what is old is condensed to a count) {
  conversation_log log{{10, 1000}};
  for (int i = 0; i < 50; ++i) {
    auto id = "item_" + std::to_string(i);
    log.added(id, "", log_kind::caller);
    log.transcript(id, "turn " + std::to_string(i));
  }
  CAF_CHECK_EQUAL(log.entries().size(), 10u);
  CAF_CHECK_EQUAL(log.forgotten(), 40u);
  CAF_CHECK_EQUAL(log.entries().back().text, "turn 49");
  log.transcript("item_3", "too late"); // Forgotten already.
  CAF_CHECK_EQUAL(log.entries().back().text, "turn 49");
  for (int i = 0; i < 50; ++i)
    log.note("n" + std::to_string(i), std::string(100'000, 'x'));
  CAF_CHECK_LESS_OR_EQUAL(log.bytes(), 1000u);
  CAF_CHECK_GREATER(log.entries().size(), 1u);
}

CAF_TEST(a bill counts what is cached once) {
  usage_ledger usage;
  usage.use_model("large");
  usage.response({300, 100, 0, 256, 50, 0, 20, 200}, true);
  usage.response({}, false);
  usage.transcription({0, 0, 30'000});
  CAF_CHECK_EQUAL(usage.responses(), 2u);
  CAF_CHECK_EQUAL(usage.unknown(), 1u);
  // Dollars per million tokens.
  model_prices prices{4.0, 0.4, 24.0, 32.0, 0.4, 64.0, 5.0, 0.5, 0.0045};
  auto expected
    = (44 * 4.0 + 256 * 0.4 + 50 * 32.0 + 50 * 0.4 + 20 * 24.0 + 200 * 64.0)
        / 1e6
      + 0.0045 / 2;
  price_table table{"2026-11-01", {{"large", prices}}};
  CAF_REQUIRE(usage.cost(table).has_value());
  CAF_CHECK_LESS(std::abs(*usage.cost(table) - expected), 1e-12);
  // Another agent has another model.
  usage.use_model("small");
  CAF_CHECK(usage.cost(table).has_value()); // It has used nothing yet.
  usage.response({0, 0, 0, 0, 0, 0, 0, 1000}, true);
  CAF_CHECK(!usage.cost(table));
  CAF_CHECK_LESS(std::abs(usage.known_cost(table) - expected), 1e-12);
  CAF_CHECK_EQUAL(usage.tokens().output_audio, 1200u);
  table.models["small"].audio_out = 1.0;
  CAF_CHECK_LESS(std::abs(*usage.cost(table) - expected - 1e-3), 1e-12);
  // A server was seen to cache more than there was.
  usage_ledger odd;
  odd.use_model("large");
  odd.response({127, 0, 0, 384, 0, 0, 0, 0}, true);
  CAF_CHECK_LESS(std::abs(*odd.cost(table) - 384 * 0.4 / 1e6), 1e-12);
}

CAF_TEST(what another instance knew is known to its end) {
  // As full as a log can be, and each call of a function has its result added.
  call_past past;
  for (int i = 0; i < 200; ++i)
    past.document.entries.push_back(
      {"tool_call", "{}", "look_up", "call_" + std::to_string(i)});
  for (int i = 0; i < 200; ++i)
    past.document.entries.push_back({"caller", std::to_string(i), {}, {}});
  call_record record;
  restore(record, past);
  auto entries = record.log.entries();
  CAF_REQUIRE_GREATER(entries.size(), 2u);
  CAF_CHECK_EQUAL(entries[entries.size() - 2].text, "199"); // Then a note.
}
