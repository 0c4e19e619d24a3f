#define CAF_SUITE protocol.openai_corpus

#include "openai_schemas.hpp"

#include "protocol/base64.hpp"
#include "protocol/openai.hpp"
#include "protocol/openai_commands.hpp"

#include "caf/test/dsl.hpp"

#include <map>
#include <set>
#include <string>

using namespace offhook;
using namespace offhook::tests;
namespace oai = offhook::protocol::openai;

namespace {

/// The session of a frame, by a reader that trusts it.
oai::session_info expected_session(const json_value& x) {
  oai::session_info result;
  result.id = string_at(x, "session", "id");
  result.model = string_at(x, "session", "model");
  result.input_format = string_at(x, "session", "audio", "input", "format",
                                  "type");
  result.output_format = string_at(x, "session", "audio", "output", "format",
                                   "type");
  result.voice = string_at(x, "session", "audio", "output", "voice");
  const auto& vad = x["session"]["audio"]["input"]["turn_detection"];
  result.turn_detection = string_at(vad, "type");
  result.prefix_padding_ms = vad["prefix_padding_ms"].GetUint64();
  result.silence_duration_ms = vad["silence_duration_ms"].GetUint64();
  result.create_response = vad["create_response"].GetBool();
  result.interrupt_response = vad["interrupt_response"].GetBool();
  result.expires_at = x["session"]["expires_at"].GetInt64();
  return result;
}

std::string reason_of(const json_value& x) {
  auto result = string_at(x, "response", "status_details", "reason");
  return !result.empty()
           ? result
           : string_at(x, "response", "status_details", "error", "code");
}

std::uint64_t number_at(const json_value& x, const char* name) {
  return x.IsObject() && x.HasMember(name) ? x[name].GetUint64() : 0;
}

oai::token_usage usage_of(const json_value& x) {
  oai::token_usage result;
  const auto& response = x["response"];
  if (!response.HasMember("usage") || !response["usage"].IsObject())
    return result;
  const auto& in = response["usage"]["input_token_details"];
  const auto& cached = in["cached_tokens_details"];
  const auto& out = response["usage"]["output_token_details"];
  result.input_text = number_at(in, "text_tokens");
  result.input_audio = number_at(in, "audio_tokens");
  result.input_image = number_at(in, "image_tokens");
  result.cached_text = number_at(cached, "text_tokens");
  result.cached_audio = number_at(cached, "audio_tokens");
  result.cached_image = number_at(cached, "image_tokens");
  result.output_text = number_at(out, "text_tokens");
  result.output_audio = number_at(out, "audio_tokens");
  return result;
}

oai::transcription_usage transcription_of(const json_value& x) {
  const auto& usage = x["usage"];
  if (usage.HasMember("seconds"))
    return {0, 0,
            static_cast<std::uint64_t>(usage["seconds"].GetDouble() * 1000)};
  return {number_at(usage, "input_tokens"), number_at(usage, "output_tokens"),
          0};
}

std::vector<oai::function_call> calls_of(const json_value& x) {
  std::vector<oai::function_call> result;
  for (const auto& item : x["response"]["output"].GetArray())
    if (string_at(item, "type") == "function_call")
      result.push_back({string_at(item, "id"), string_at(item, "call_id"),
                        string_at(item, "name"), string_at(item, "arguments")});
  return result;
}

/// The event that a line stands for, likewise.
oai::event expected(const json_value& x) {
  const auto type = string_at(x, "type");
  const auto response_id = string_at(x, "response_id");
  const auto item_id = string_at(x, "item_id");
  const bool done = type.ends_with(".done");
  if (type == "session.created")
    return oai::session_created{expected_session(x)};
  if (type == "session.updated")
    return oai::session_updated{expected_session(x)};
  if (type == "input_audio_buffer.speech_started")
    return oai::speech_started{x["audio_start_ms"].GetUint64(), item_id};
  if (type == "input_audio_buffer.speech_stopped")
    return oai::speech_stopped{x["audio_end_ms"].GetUint64(), item_id};
  if (type == "input_audio_buffer.committed")
    return oai::input_committed{item_id, string_at(x, "previous_item_id")};
  if (type == "conversation.item.added" || type == "conversation.item.done")
    return oai::item_added{string_at(x, "item", "id"),
                           string_at(x, "previous_item_id"),
                           string_at(x, "item", "type"),
                           string_at(x, "item", "role"), done};
  if (type == "conversation.item.truncated")
    return oai::item_truncated{item_id, x["audio_end_ms"].GetUint64()};
  if (type == "conversation.item.deleted")
    return oai::item_deleted{item_id};
  if (type == "conversation.item.input_audio_transcription.failed"
      || type == "input_audio_buffer.timeout_triggered")
    return oai::input_transcript{item_id, "", {}};
  if (type == "conversation.item.input_audio_transcription.completed")
    return oai::input_transcript{item_id, string_at(x, "transcript"),
                                 transcription_of(x)};
  if (type == "response.created")
    return oai::response_created{string_at(x, "response", "id")};
  if (type == "response.output_item.added"
      || type == "response.output_item.done")
    return oai::output_item{response_id, string_at(x, "item", "id"),
                            string_at(x, "item", "type"), done};
  if (type == "response.output_audio.delta")
    return oai::audio_delta{
      response_id, item_id, x["content_index"].GetUint(),
      protocol::base64::decode(string_at(x, "delta")).value()};
  if (type == "response.output_audio.done")
    return oai::audio_done{response_id, item_id};
  if (type == "response.output_audio_transcript.delta"
      || type == "response.output_audio_transcript.done")
    return oai::transcript_delta{response_id, item_id,
                                 string_at(x, done ? "transcript" : "delta"),
                                 done};
  if (type == "response.done")
    return oai::response_done{string_at(x, "response", "id"),
                              string_at(x, "response", "status"),
                              reason_of(x),
                              calls_of(x),
                              usage_of(x),
                              x["response"].HasMember("usage")
                                && x["response"]["usage"].IsObject()};
  if (type == "error")
    return oai::error_event{string_at(x, "error", "type"),
                            string_at(x, "error", "code"),
                            string_at(x, "error", "message"),
                            string_at(x, "error", "param"),
                            string_at(x, "error", "event_id")};
  return oai::unhandled{type, true};
}

/// What our builder makes of the data of an outgoing line, or nothing where we
/// have no builder for it.
std::string rebuilt(const json_value& x) {
  const auto type = string_at(x, "type");
  const auto id = string_at(x, "event_id");
  if (type == "input_audio_buffer.append")
    return oai::append(protocol::base64::decode(string_at(x, "audio")).value());
  if (type == "conversation.item.truncate")
    return oai::truncate(id, string_at(x, "item_id"),
                         x["content_index"].GetUint(),
                         x["audio_end_ms"].GetUint64());
  if (type == "conversation.item.delete")
    return oai::delete_item(id, string_at(x, "item_id"));
  if (type == "response.cancel")
    return oai::cancel_response(id, string_at(x, "response_id"));
  if (type == "response.create") {
    // Ours know instructions and a purpose; others are not for a call.
    const auto it = x.FindMember("response");
    if (it != x.MemberEnd()
        && (it->value.HasMember("tool_choice")
            || it->value.HasMember("conversation")))
      return {};
    const auto instructions = string_at(x, "response", "instructions");
    const auto purpose = string_at(x, "response", "metadata", "purpose");
    return oai::create_response(id, {0, instructions, purpose});
  }
  if (type == "session.update") {
    const auto& audio = x["session"]["audio"];
    const auto& vad = audio["input"]["turn_detection"];
    oai::session_config config;
    config.instructions = string_at(x, "session", "instructions");
    config.voice = string_at(audio, "output", "voice");
    config.speed = audio["output"]["speed"].GetDouble();
    config.transcription_model = string_at(audio, "input", "transcription",
                                           "model");
    config.transcription_language = string_at(audio, "input", "transcription",
                                              "language");
    config.turn_detection = {vad["threshold"].GetDouble(),
                             vad["prefix_padding_ms"].GetUint(),
                             vad["silence_duration_ms"].GetUint(),
                             vad["idle_timeout_ms"].GetUint(),
                             vad["create_response"].GetBool(),
                             vad["interrupt_response"].GetBool()};
    const auto& session = x["session"];
    for (const auto& tool : session["tools"].GetArray())
      config.tools.push_back({string_at(tool, "name"),
                              string_at(tool, "description"),
                              to_text(tool["parameters"])});
    config.tool_choice = string_at(session, "tool_choice");
    config.max_output_tokens = session["max_output_tokens"].GetUint();
    const auto& truncation = session["truncation"];
    config.retention_ratio = truncation["retention_ratio"].GetDouble();
    if (truncation.HasMember("token_limits"))
      config.post_instruction_tokens
        = truncation["token_limits"]["post_instructions"].GetUint();
    return oai::session_update(id, config);
  }
  return {};
}

/// Takes out of a session what ours does not know.
void strip(json_value& x) {
  if (string_at(x, "type") != "session.update")
    return;
  auto& session = x["session"];
  CAF_CHECK(session["audio"]["input"].RemoveMember("noise_reduction"));
}

struct fixture {
  fixture() {
    for (auto& line : load_corpus("openai-session.jsonl"))
      (line.in ? in : out).push_back(std::move(line.frame));
  }

  std::vector<std::string> in;
  std::vector<std::string> out;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(openai_corpus_tests, fixture)

CAF_TEST(every line from OpenAI is read as what it is) {
  std::set<std::string> types;
  std::set<std::size_t> kinds;
  for (const auto& line : in) {
    const auto doc = parse_json(line);
    types.insert(string_at(doc, "type"));
    const auto got = oai::parse(line);
    CAF_REQUIRE(got);
    kinds.insert(got->index());
    CAF_CHECK(*got == expected(doc));
  }
  CAF_CHECK_EQUAL(types.size(), 31u);
  CAF_CHECK_EQUAL(kinds.size(), std::variant_size_v<oai::event>);
}

CAF_TEST(every line to OpenAI is what we build from its data) {
  std::map<std::string, int> built;
  for (const auto& line : out) {
    auto doc = parse_json(line);
    const auto ours = rebuilt(doc);
    if (ours.empty())
      continue;
    ++built[string_at(doc, "type")];
    strip(doc);
    CAF_MESSAGE(line.substr(0, 80));
    CAF_CHECK(parse_json(ours) == doc);
  }
  CAF_CHECK_EQUAL(built,
                  (std::map<std::string, int>{{"conversation.item.delete", 1},
                                              {"conversation.item.truncate", 2},
                                              {"input_audio_buffer.append", 6},
                                              {"response.cancel", 1},
                                              {"response.create", 3},
                                              {"session.update", 1}}));
}

CAF_TEST(a line with one broken field gets the right code) {
  tally result;
  for (const auto& line : in)
    check_fields(result, line, openai_schema_of(line), oai::parse);
  CAF_CHECK_EQUAL(result.text(), "");
  CAF_CHECK_GREATER(result.checks(), 20'000u);
}

CAF_TEST(a line broken as a text gets the right code) {
  tally result;
  for (const auto& line : in)
    check_text(result, line, oai::parse);
  CAF_CHECK_EQUAL(result.text(), "");
  CAF_CHECK_GREATER(result.checks(), 40'000u);
}

CAF_TEST_FIXTURE_SCOPE_END()
