#define CAF_SUITE protocol.fleet

#include "protocol/fleet_document.hpp"
#include "protocol/fleet_ticket.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::protocol;
using fleet::ticket_state;

namespace {

constexpr std::int64_t now = 1'700'000'000;

fleet::ticket sample() {
  return {"https://a.example.com", "CA1", "0123abcd", "sales", 61'000, now + 9};
}

ticket_state read(std::string_view text, std::string_view key = "key",
                  std::int64_t at = now) {
  fleet::ticket ignored;
  return fleet::read_ticket(key, text, at, ignored);
}

fleet::document sample_document() {
  fleet::document x;
  x.call_sid = "CA1";
  x.agent = "sales";
  x.parameters = {{"customer", "Ann \"A\" & Co"}};
  x.entries = {{"caller", "Seven oranges.", "", ""},
               {"agent", "Seven, right?", "", ""},
               {"tool_call", "{\"n\":7}", "order", "call_1"},
               {"tool_result", "{}", "", "call_1"}};
  x.forgotten = 3;
  x.answer_owed = true;
  x.talked_ms = 61'000;
  x.usage.resize(1);
  x.usage[0].model = "gpt-realtime-2.1";
  x.usage[0].tokens = {1, 2, 3, 4, 5, 6, 7, 8};
  x.usage[0].transcriptions = {9, 10, 11};
  x.responses = 12;
  x.unknown_usage = 1;
  return x;
}

std::string error_of(std::string_view text) {
  auto x = fleet::read_document(text);
  return x ? "" : to_string(x.error());
}

} // namespace

CAF_TEST(a ticket is what was written) {
  auto text = fleet::write_ticket("key", sample());
  fleet::ticket got;
  CAF_CHECK(fleet::read_ticket("key", text, now, got) == ticket_state::genuine);
  CAF_CHECK(got == sample());
  // It goes through a URL as it is.
  CAF_CHECK_EQUAL(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-_."),
                  std::string::npos);
}

CAF_TEST(a ticket of another key is forged) {
  auto text = fleet::write_ticket("key", sample());
  CAF_CHECK(read(text, "another key") == ticket_state::forged);
  CAF_CHECK(read(text, "") == ticket_state::forged);
  CAF_CHECK(read(fleet::write_ticket("x", sample()), "")
            == ticket_state::forged);
}

CAF_TEST(every change of a ticket is seen) {
  const auto text = fleet::write_ticket("key", sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto changed = text;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    CAF_CHECK(read(changed) != ticket_state::genuine);
    CAF_CHECK(read(text.substr(0, i)) != ticket_state::genuine);
  }
  CAF_CHECK(read(text + "0") == ticket_state::forged);
}

CAF_TEST(a ticket expires) {
  auto text = fleet::write_ticket("key", sample());
  CAF_CHECK(read(text, "key", now + 9) == ticket_state::genuine);
  CAF_CHECK(read(text, "key", now + 10) == ticket_state::expired);
}

CAF_TEST(what is no ticket) {
  CAF_CHECK(read("") == ticket_state::malformed);
  CAF_CHECK(read("nonsense") == ticket_state::malformed);
  CAF_CHECK(read(std::string(4096, 'a') + ".00") == ticket_state::malformed);
  // Signed by us, and without what a ticket needs.
  auto empty = sample();
  empty.id.clear();
  CAF_CHECK(read(fleet::write_ticket("key", empty)) == ticket_state::malformed);
}

CAF_TEST(a document is what was written) {
  auto text = fleet::write_document(sample_document());
  auto got = fleet::read_document(text);
  CAF_REQUIRE(got);
  CAF_CHECK(*got == sample_document());
}

CAF_TEST(a document is checked) {
  CAF_CHECK_EQUAL(error_of("nonsense"), "not_json");
  CAF_CHECK_EQUAL(error_of("{}"), "missing_field at version");
  CAF_CHECK_EQUAL(error_of(R"({"version":2,"call_sid":"CA1"})"),
                  "out_of_range at version");
  CAF_CHECK_EQUAL(error_of(R"({"version":1})"), "missing_field at call_sid");
  CAF_CHECK_EQUAL(error_of(R"({"version":1,"call_sid":"CA1"})"), "");
  CAF_CHECK_EQUAL(error_of(R"({"version":1,"call_sid":"CA1","entries":)"
                           R"([{"kind":"system","text":"x"}]})"),
                  "out_of_range at entries.kind");
  auto long_text = std::string(fleet::max_entry_bytes + 1, 'a');
  CAF_CHECK_EQUAL(error_of(R"({"version":1,"call_sid":"CA1","entries":)"
                           R"([{"kind":"note","text":")"
                           + long_text + "\"}]}"),
                  "too_long at entries.text");
  CAF_CHECK_EQUAL(error_of(std::string(fleet::max_document_bytes + 1, ' ')),
                  "too_long at document");
  CAF_CHECK_EQUAL(error_of(R"({"version":1,"call_sid":"CA1","usage":)"
                           R"([{"model":"m","input_text":-1}]})"),
                  "out_of_range at usage.input_text");
}
