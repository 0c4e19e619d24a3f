// The part of a scenario's file that says what the model does, and how what is
// said is written down.

#include <algorithm>

#include "app/scenario_reader.hpp"
#include "app/scenario_voice.hpp"
#include "app/sounds.hpp"
#include "protocol/g711.hpp"

namespace offhook::app {

namespace {

constexpr std::size_t max_replies = 100;
constexpr std::uint32_t longest_speech_ms = 30'000;

void read_output(const json_place& from, scripted_reply& reply,
                 scenario& result) {
  json_fields fields{from};
  const auto [what, value] = fields.one_of({"say", "call"});
  fields.done();
  if (what == "say") {
    auto said = read_speech(value);
    reply.what.outputs.emplace_back(
      standins::spoken_line{said.text, said.audio});
    auto same = [&said](const speech& x) { return x.name == said.name; };
    auto known = std::find_if(result.lines.begin(), result.lines.end(), same);
    if (known == result.lines.end())
      result.lines.push_back(std::move(said));
    else if (known->audio != said.audio)
      value.fail("have a name of its own: another line has '" + said.name
                 + "'");
    return;
  }
  json_fields call{value};
  standins::called_function function;
  function.name = call.need("name").text(64, 1);
  if (auto x = call.find("arguments"))
    function.arguments = x->object_text(16'000);
  if (auto x = call.find("broken-arguments"))
    function.arguments = x->text(16'000);
  call.done();
  reply.what.outputs.emplace_back(std::move(function));
}

void read_reply(const json_place& from, scenario& result,
                const std::string& place) {
  json_fields fields{from};
  scripted_reply reply;
  reply.place = place;
  if (auto x = fields.find("when")) {
    json_fields when{*x};
    if (auto y = when.find("purpose"))
      reply.purpose = y->text(64, 1);
    if (auto y = when.find("results"))
      reply.results = y->flag();
    if (auto y = when.find("instructions"))
      reply.instructions = y->text(1'000, 1);
    if (auto y = when.find("caller"))
      reply.caller = y->text(1'000, 1);
    when.done();
  }
  if (auto x = fields.find("times"))
    reply.times = static_cast<std::size_t>(x->integer(0, 100));
  if (auto x = fields.find("output"))
    for (const auto& y : x->entries(16))
      read_output(y, reply, result);
  if (auto x = fields.find("delay-ms"))
    reply.what.delay = std::chrono::milliseconds{x->milliseconds(600'000)};
  if (auto x = fields.find("fail"))
    reply.what.failure = read_error(*x);
  if (auto x = fields.find("incomplete"))
    reply.what.incomplete_reason
      = x->choice({"max_output_tokens", "content_filter"});
  fields.done();
  result.replies.push_back(std::move(reply));
}

} // namespace

speech read_speech(const json_place& from) {
  if (from.is_text()) {
    const auto name = from.text();
    const auto audio = sound(name);
    if (audio.empty()) {
      std::string all;
      for (auto x : sound_names())
        all.append(all.empty() ? "" : ", ").append(x);
      from.fail("be {\"text\": ...} or a built-in sound: " + all);
    }
    return {name, std::string{sound_text(name)}, {audio.begin(), audio.end()}};
  }
  json_fields fields{from};
  speech result;
  result.text = fields.need("text").text(1'000, 1);
  result.name = result.text;
  std::uint32_t ms = 0;
  if (auto x = fields.find("name"))
    result.name = x->text(100, 1);
  if (auto x = fields.find("ms"))
    ms = static_cast<std::uint32_t>(x->integer(100, longest_speech_ms));
  auto quiet = false;
  if (auto x = fields.find("quiet"))
    quiet = x->flag();
  fields.done();
  result.audio = voice_of(result.text, ms);
  if (quiet)
    result.audio = quiet_voice(
      static_cast<std::uint32_t>(protocol::g711::to_ms(result.audio.size())));
  return result;
}

standins::agent_error read_error(const json_place& from) {
  json_fields fields{from};
  standins::agent_error result;
  if (auto x = fields.find("type"))
    result.type = x->text(100, 1);
  result.code = fields.need("code").text(100, 1);
  result.message = "As the scenario says.";
  if (auto x = fields.find("message"))
    result.message = x->text(1'000);
  fields.done();
  return result;
}

void read_model(const json_place& from, scenario& result) {
  json_fields fields{from};
  for (const auto& x : fields.need("replies").entries(max_replies))
    read_reply(x, result,
               "/model/replies/" + std::to_string(result.replies.size()));
  if (auto x = fields.find("first-delta-ms"))
    result.timing.first_delta_delay
      = std::chrono::milliseconds{x->milliseconds(10'000)};
  if (auto x = fields.find("speed"))
    result.timing.speed = static_cast<double>(x->integer(0, 1'000));
  fields.done();
}

} // namespace offhook::app
