#define CAF_SUITE protocol.openai_limits

#include "protocol/openai.hpp"

#include "caf/test/dsl.hpp"

#include <string>

using namespace offhook::protocol;
namespace oai = offhook::protocol::openai;

namespace {

oai::unhandled unhandled(std::string_view text) {
  const auto got = oai::parse(text);
  const auto* result = got ? std::get_if<oai::unhandled>(&*got) : nullptr;
  if (result == nullptr)
    CAF_FAIL("another event or none: " << std::string{text});
  return *result;
}

std::string error_of(std::string_view text) {
  const auto got = oai::parse(text);
  return got ? "read" : to_string(got.error());
}

std::string event(std::string_view type, std::string_view rest = "") {
  return R"({"type":")" + std::string{type} + '"' + std::string{rest} + '}';
}

} // namespace

CAF_TEST(what a call does not act on is known by name) {
  for (auto type : {
         "conversation.created",
         "conversation.item.input_audio_transcription.delta",
         "conversation.item.input_audio_transcription.segment",
         "conversation.item.retrieved",
         "input_audio_buffer.cleared",
         "input_audio_buffer.dtmf_event_received",
         "mcp_list_tools.completed",
         "mcp_list_tools.failed",
         "mcp_list_tools.in_progress",
         "output_audio_buffer.cleared",
         "output_audio_buffer.started",
         "output_audio_buffer.stopped",
         "rate_limits.updated",
         "response.content_part.added",
         "response.content_part.done",
         "response.function_call_arguments.delta",
         "response.function_call_arguments.done",
         "response.mcp_call.completed",
         "response.mcp_call.failed",
         "response.mcp_call.in_progress",
         "response.mcp_call_arguments.delta",
         "response.mcp_call_arguments.done",
         "response.output_text.delta",
         "response.output_text.done",
         "response.text.delta",
         "response.text.done",
       })
    CAF_CHECK(unhandled(event(type)) == (oai::unhandled{type, true}));
}

CAF_TEST(what nobody knows is named and cut) {
  for (auto type : {"", "zzz", "localai.status", "Error", "session.create",
                    "session.createdx", "response.output_audio.delta "})
    CAF_CHECK(unhandled(event(type)) == (oai::unhandled{type, false}));
  CAF_CHECK(unhandled(event(std::string(97, 't')))
            == (oai::unhandled{std::string(96, 't'), false}));
  const auto name = std::string(95, 't') + "\xC3\xA9";
  CAF_CHECK(unhandled(event(name))
            == (oai::unhandled{std::string(95, 't'), false}));
}

CAF_TEST(strings have their bounds) {
  auto with_id = [](std::size_t size) {
    return error_of(event("conversation.item.deleted",
                          R"(,"item_id":")" + std::string(size, 'i') + '"'));
  };
  CAF_CHECK_EQUAL(with_id(128), "read");
  CAF_CHECK_EQUAL(with_id(129), "too_long at item_id");
  auto with_text = [](std::size_t size) {
    return error_of(
      event("conversation.item.input_audio_transcription.completed",
            R"(,"item_id":"i","transcript":")" + std::string(size, 't') + '"'));
  };
  CAF_CHECK_EQUAL(with_text(64 * 1024), "read");
  CAF_CHECK_EQUAL(with_text(64 * 1024 + 1), "too_long at transcript");
}

CAF_TEST(a document has a bound on its values) {
  auto with_list = [](std::size_t count) {
    std::string rest = R"(,"x":[0)";
    for (std::size_t i = 1; i < count; ++i)
      rest += ",0";
    return error_of(event("rate_limits.updated", rest + ']'));
  };
  CAF_CHECK_EQUAL(with_list(99'000), "read");
  CAF_CHECK_EQUAL(with_list(100'000), "too_long");
  CAF_CHECK_EQUAL(with_list(3'000'000), "too_long");
}

CAF_TEST(what is no event at all) {
  CAF_CHECK_EQUAL(error_of(""), "not_json");
  CAF_CHECK_EQUAL(error_of("[]"), "not_an_object");
  CAF_CHECK_EQUAL(error_of("{}"), "missing_field at type");
  CAF_CHECK_EQUAL(error_of(R"({"type":null})"), "missing_field at type");
  CAF_CHECK_EQUAL(error_of(R"({"type":1})"), "wrong_type at type");
  CAF_CHECK_EQUAL(error_of(R"({"type":"\udc00"})"), "not_json at type");
}
