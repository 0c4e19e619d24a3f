#define CAF_SUITE protocol.openai

#include "protocol/openai.hpp"

#include "protocol/base64.hpp"

#include "caf/test/dsl.hpp"

#include <string>
#include <vector>

using namespace offhook::protocol;
namespace oai = offhook::protocol::openai;

namespace {

template <class T>
T read(std::string_view text) {
  auto got = oai::parse(text);
  if (!got)
    CAF_FAIL(to_string(got.error()) << " in " << std::string{text});
  if (!std::holds_alternative<T>(*got))
    CAF_FAIL("another event: " << std::string{text});
  return std::get<T>(std::move(*got));
}

std::string error_of(std::string_view text) {
  const auto got = oai::parse(text);
  return got ? "read" : to_string(got.error());
}

std::string event(std::string_view type, std::string_view rest = "") {
  return R"({"type":")" + std::string{type} + '"' + std::string{rest} + '}';
}

std::string delta(std::string_view type, std::string_view audio) {
  return event(type, R"(,"response_id":"r1","item_id":"i1","content_index":2,)"
                     R"("delta":")"
                       + std::string{audio} + '"');
}

std::vector<std::byte> silence(std::size_t size) {
  return std::vector(size, std::byte{0xFF});
}

} // namespace

CAF_TEST(what a session says of itself) {
  const auto rest = R"(,"event_id":"e1","session":{"id":"s1","model":"m1",)"
                    R"("expires_at":1795388400,"audio":{"input":{"format":)"
                    R"({"type":"audio/pcm","rate":24000}},"output":{"format":)"
                    R"({"type":"audio/pcmu"},"voice":"marin"}}})";
  const oai::session_info expected{"s1",    "m1", "audio/pcm",  "audio/pcmu",
                                   "marin", {},   {},           {},
                                   {},      {},   1'795'388'400};
  CAF_CHECK(read<oai::session_created>(event("session.created", rest)).session
            == expected);
  CAF_CHECK(read<oai::session_updated>(event("session.updated", rest)).session
            == expected);
}

CAF_TEST(what a session does not say is empty) {
  for (auto rest :
       {"", R"(,"session":null)", R"(,"session":{})",
        R"(,"session":{"id":null,"model":null,"expires_at":null,"audio":null})",
        R"(,"session":{"audio":{"input":null,"output":null}})",
        R"(,"session":{"audio":{"input":{"format":null},)"
        R"("output":{"format":null,"voice":null}}})"})
    CAF_CHECK(read<oai::session_updated>(event("session.updated", rest))
              == oai::session_updated{});
}

CAF_TEST(a voice is a name or an object with an id) {
  auto voice = [](std::string_view value) {
    return read<oai::session_updated>(
             event("session.updated", R"(,"session":{"audio":{"output":{)"
                                      R"("voice":)"
                                        + std::string{value} + "}}}"))
      .session.voice;
  };
  CAF_CHECK_EQUAL(voice(R"("cedar")"), "cedar");
  CAF_CHECK_EQUAL(voice(R"({"id":"voice_123"})"), "voice_123");
  CAF_CHECK_EQUAL(voice("{}"), "");
}

CAF_TEST(speech is known to begin and end whatever else is said) {
  CAF_CHECK(
    read<oai::speech_started>(event("input_audio_buffer.speech_started",
                                    R"(,"audio_start_ms":1460,"item_id":"i1")"))
    == (oai::speech_started{1460, "i1"}));
  CAF_CHECK(
    read<oai::speech_started>(event("input_audio_buffer.speech_started"))
    == oai::speech_started{});
  CAF_CHECK(
    read<oai::speech_stopped>(event("input_audio_buffer.speech_stopped",
                                    R"(,"audio_end_ms":"3720","item_id":"i1")"))
    == (oai::speech_stopped{3720, "i1"}));
}

CAF_TEST(items come are done are cut and go) {
  CAF_CHECK(read<oai::input_committed>(
              event("input_audio_buffer.committed",
                    R"(,"previous_item_id":"i0","item_id":"i1")"))
            == (oai::input_committed{"i1", "i0"}));
  const auto item = R"(,"previous_item_id":null,"item":{"id":"i1",)"
                    R"("type":"message","role":"user","content":[]})";
  CAF_CHECK(read<oai::item_added>(event("conversation.item.added", item))
            == (oai::item_added{"i1", "", "message", "user", false}));
  CAF_CHECK(read<oai::item_added>(event("conversation.item.done", item))
            == (oai::item_added{"i1", "", "message", "user", true}));
  CAF_CHECK(read<oai::item_truncated>(
              event("conversation.item.truncated",
                    R"(,"item_id":"i1","content_index":0,"audio_end_ms":780)"))
            == (oai::item_truncated{"i1", 780}));
  CAF_CHECK(read<oai::item_deleted>(
              event("conversation.item.deleted", R"(,"item_id":"i1")"))
            == oai::item_deleted{"i1"});
  CAF_CHECK(read<oai::input_transcript>(
              event("conversation.item.input_audio_transcription.completed",
                    R"(,"item_id":"i1","transcript":"Hi \u00e9\ud83d\ude00")"))
            == (oai::input_transcript{"i1", "Hi \xC3\xA9\xF0\x9F\x98\x80"}));
}

CAF_TEST(audio is decoded) {
  const auto text = delta("response.output_audio.delta", "//8=");
  CAF_CHECK(read<oai::audio_delta>(text)
            == (oai::audio_delta{"r1", "i1", 2, silence(2)}));
  // One byte, an odd size, and what a server sends that does not stream.
  for (std::size_t size : {0u, 1u, 161u, 200'000u}) {
    const auto payload = silence(size);
    CAF_CHECK(read<oai::audio_delta>(
                delta("response.output_audio.delta", base64::encode(payload)))
                .payload
              == payload);
  }
  CAF_CHECK_EQUAL(error_of(delta("response.output_audio.delta", "/")),
                  "not_base64 at delta");
  CAF_CHECK(read<oai::audio_done>(
              event("response.output_audio.done",
                    R"(,"response_id":"r1","item_id":"i1","output_index":0)"))
            == (oai::audio_done{"r1", "i1"}));
}

CAF_TEST(an index fits its type) {
  auto index = [](std::string_view value) {
    return event("response.output_audio.delta",
                 R"(,"response_id":"r","item_id":"i","delta":"",)"
                 R"("content_index":)"
                   + std::string{value});
  };
  CAF_CHECK_EQUAL(read<oai::audio_delta>(index("4294967295")).content_index,
                  4'294'967'295u);
  CAF_CHECK_EQUAL(read<oai::audio_delta>(index("null")).content_index, 0u);
  CAF_CHECK_EQUAL(error_of(index("4294967296")),
                  "out_of_range at content_index");
}

CAF_TEST(transcripts come in parts and as a whole) {
  const auto ids = R"(,"response_id":"r1","item_id":"i1",)";
  CAF_CHECK(
    read<oai::transcript_delta>(event("response.output_audio_transcript.delta",
                                      ids + std::string{R"("delta":" for")"}))
    == (oai::transcript_delta{"r1", "i1", " for", false}));
  CAF_CHECK(read<oai::transcript_delta>(
              event("response.output_audio_transcript.done",
                    ids + std::string{R"("transcript":"Thanks for")"}))
            == (oai::transcript_delta{"r1", "i1", "Thanks for", true}));
  // A part without text is none; the end is one even without.
  CAF_CHECK_EQUAL(error_of(event("response.output_audio_transcript.delta",
                                 ids + std::string{R"("delta":null)"})),
                  "missing_field at delta");
  CAF_CHECK(read<oai::transcript_delta>(
              event("response.output_audio_transcript.done",
                    ids + std::string{R"("transcript":null)"}))
            == (oai::transcript_delta{"r1", "i1", "", true}));
}

CAF_TEST(names of the removed beta are read as those of today) {
  auto same = [](std::string_view beta, std::string_view today,
                 std::string_view field) {
    const auto rest = R"(,"response_id":"r1","item_id":"i1",")"
                      + std::string{field} + R"(":"AAAA")";
    const auto a = oai::parse(event(beta, rest));
    const auto b = oai::parse(event(today, rest));
    return a && b && *a == *b && !std::holds_alternative<oai::unhandled>(*a);
  };
  CAF_CHECK(
    same("response.audio.delta", "response.output_audio.delta", "delta"));
  CAF_CHECK(same("response.audio.done", "response.output_audio.done", "x"));
  CAF_CHECK(same("response.audio_transcript.delta",
                 "response.output_audio_transcript.delta", "delta"));
  CAF_CHECK(same("response.audio_transcript.done",
                 "response.output_audio_transcript.done", "transcript"));
  CAF_CHECK(read<oai::item_added>(
              event("conversation.item.created", R"(,"item":{"id":"i1"})"))
            == (oai::item_added{"i1", "", "", "", false}));
}

CAF_TEST(responses begin hold items and end for a reason) {
  CAF_CHECK(read<oai::response_created>(
              event("response.created", R"(,"response":{"id":"r1"})"))
            == oai::response_created{"r1"});
  const auto item = R"(,"response_id":"r1","item":{"id":"i1",)"
                    R"("type":"function_call"})";
  CAF_CHECK(read<oai::output_item>(event("response.output_item.added", item))
            == (oai::output_item{"r1", "i1", "function_call", false}));
  CAF_CHECK(read<oai::output_item>(event("response.output_item.done", item))
            == (oai::output_item{"r1", "i1", "function_call", true}));
  auto done = [](std::string_view status, std::string_view details) {
    return read<oai::response_done>(
      event("response.done", R"(,"response":{"id":"r1","status":")"
                               + std::string{status} + R"(","status_details":)"
                               + std::string{details} + '}'));
  };
  using oai::response_done;
  CAF_CHECK(done("completed", "null")
            == (response_done{"r1", "completed", ""}));
  CAF_CHECK(done("cancelled", R"({"reason":"turn_detected"})")
            == (response_done{"r1", "cancelled", "turn_detected"}));
  CAF_CHECK(done("failed", R"({"error":{"type":"server_error","code":"c1"}})")
            == (response_done{"r1", "failed", "c1"}));
  CAF_CHECK(done("failed", R"({"error":{"type":"server_error","code":null}})")
            == (response_done{"r1", "failed", "server_error"}));
  CAF_CHECK(done("failed", R"({"error":null})")
            == (response_done{"r1", "failed", ""}));
}

CAF_TEST(errors keep what they can be told by) {
  CAF_CHECK(read<oai::error_event>(
              event("error", R"(,"error":{"type":"t","code":"c","message":"m",)"
                             R"("param":"p","event_id":"cl_1"})"))
            == (oai::error_event{"t", "c", "m", "p", "cl_1"}));
  CAF_CHECK(read<oai::error_event>(
              event("error", R"(,"error":{"type":"t","code":null,)"
                             R"("message":"m","param":null,"event_id":null})"))
            == (oai::error_event{"t", "", "m", "", ""}));
  // Not lost over a message that is longer than anybody reads.
  const auto got = read<oai::error_event>(
    event("error", R"(,"error":{"code":"session_expired","message":")"
                     + std::string(50'000, 'm') + "\"}"));
  CAF_CHECK_EQUAL(got.code, "session_expired");
  CAF_CHECK_EQUAL(got.message, std::string(1024, 'm'));
  CAF_CHECK_EQUAL(error_of(event("error")), "missing_field at error");
}
