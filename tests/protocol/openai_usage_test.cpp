#define CAF_SUITE protocol.openai_usage

#include "protocol/openai.hpp"

#include "caf/test/dsl.hpp"

#include <string>

using namespace offhook::protocol::openai;

namespace {

response_done read_done(const std::string& rest) {
  const auto got = parse(R"({"type":"response.done","event_id":"e","response":)"
                         R"({"id":"r","status":"completed")"
                         + rest + "}}");
  CAF_REQUIRE(got);
  return std::get<response_done>(*got);
}

} // namespace

CAF_TEST(tokens by modality) {
  const auto got = read_done(
    R"(,"usage":{"total_tokens":9,"input_tokens":437,"output_tokens":64,)"
    R"("input_token_details":{"text_tokens":341,"audio_tokens":96,)"
    R"("image_tokens":0,"cached_tokens":320,"cached_tokens_details":)"
    R"({"text_tokens":300,"audio_tokens":20,"image_tokens":0}},)"
    R"("output_token_details":{"text_tokens":14,"audio_tokens":50}})");
  CAF_CHECK(got.usage_known);
  CAF_CHECK(got.usage == (token_usage{341, 96, 0, 300, 20, 0, 14, 50}));
}

CAF_TEST(what is cached and not said of what is text first) {
  const auto got = read_done(
    R"(,"usage":{"input_token_details":{"text_tokens":100,"audio_tokens":50,)"
    R"("cached_tokens":128}})");
  CAF_CHECK(got.usage == (token_usage{100, 50, 0, 100, 28, 0, 0, 0}));
}

CAF_TEST(usage that is not there or odd is nothing) {
  for (const auto* rest :
       {"", R"(,"usage":null)", R"(,"usage":[])", R"(,"usage":7)"}) {
    CAF_CHECK(!read_done(rest).usage_known);
    CAF_CHECK(read_done(rest).usage == token_usage{});
  }
  CAF_CHECK(read_done(R"(,"usage":{"input_token_details":{"text_tokens":-1,)"
                      R"("audio_tokens":"x"},"output_token_details":null})")
              .usage
            == token_usage{});
}

CAF_TEST(all calls of a response) {
  const auto got = read_done(
    R"(,"output":[{"id":"i1","type":"message","role":"assistant"},)"
    R"({"id":"i2","type":"function_call","call_id":"c1","name":"look_up",)"
    R"("arguments":"{\"a\":1}"},null,7,{"id":"i3","type":"function_call"},)"
    R"({"id":"i4","type":"function_call","call_id":"c2","name":"end_call",)"
    R"("arguments":"{}"}])");
  CAF_REQUIRE_EQUAL(got.calls.size(), 2u); // One has no id to answer to.
  CAF_CHECK(got.calls[0]
            == (function_call{"i2", "c1", "look_up", R"({"a":1})"}));
  CAF_CHECK(got.calls[1] == (function_call{"i4", "c2", "end_call", "{}"}));
}

CAF_TEST(transcription by tokens or by time) {
  auto read = [](const std::string& usage) {
    const auto got = parse(
      R"({"type":"conversation.item.input_audio_transcription.completed",)"
      R"("event_id":"e","item_id":"i","content_index":0,"transcript":"Hi")"
      + usage + "}");
    CAF_REQUIRE(got);
    return std::get<input_transcript>(*got).usage;
  };
  CAF_CHECK(read(R"(,"usage":{"type":"duration","seconds":2.35})")
            == (transcription_usage{0, 0, 2350}));
  CAF_CHECK(read(R"(,"usage":{"type":"tokens","input_tokens":29,)"
                 R"("output_tokens":12,"total_tokens":41})")
            == (transcription_usage{29, 12, 0}));
  CAF_CHECK(read("") == transcription_usage{});
  CAF_CHECK(read(R"(,"usage":{"seconds":-1})") == transcription_usage{});
  CAF_CHECK(read(R"(,"usage":{"seconds":1e300})") == transcription_usage{});
}
