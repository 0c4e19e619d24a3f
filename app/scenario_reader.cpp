#include "app/scenario_reader.hpp"

#include <algorithm>

#include "app/demo_faults.hpp"
#include "app/scenario_tools.hpp"
#include "app/settings.hpp"

namespace offhook::app {

namespace steps = standins::steps;

namespace {

constexpr std::size_t max_steps = 200;
constexpr std::uint32_t between_keys_ms = 200;

// -- the caller ---------------------------------------------------------------

void read_keys(const json_place& from, standins::script& result) {
  const auto keys = from.text(64, 1);
  if (keys.find_first_not_of("0123456789*#") != keys.npos)
    from.fail("be keys of 0-9 * #");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0)
      result.push_back({steps::pause{between_keys_ms}});
    result.push_back({steps::press{keys[i]}});
  }
}

void read_step(const json_place& from, scenario& result) {
  json_fields fields{from};
  const auto [what, value]
    = fields.one_of({"say", "hear", "hear-end", "pause", "press", "withhold",
                     "lose-stream", "cue", "await-close", "hang-up"});
  const auto first = result.caller.size();
  auto add = [&result](auto action) { result.caller.push_back({action}); };
  if (what == "say") {
    auto said = read_speech(value);
    result.caller_texts.push_back(said.text);
    add(steps::say{said.name, said.text, std::move(said.audio)});
  } else if (what == "hear") {
    add(steps::hear{value.milliseconds()});
  } else if (what == "hear-end") {
    add(steps::hear_end{value.milliseconds()});
  } else if (what == "pause") {
    add(steps::pause{value.milliseconds()});
  } else if (what == "press") {
    read_keys(value, result.caller);
  } else if (what == "withhold") {
    add(steps::withhold{value.milliseconds()});
  } else if (what == "cue") {
    add(steps::cue{value.text(100, 1)});
  } else {
    value.truth();
    if (what == "lose-stream")
      add(steps::lose_stream{});
    else if (what == "await-close")
      add(steps::await_close{});
    else
      add(steps::hang_up{});
  }
  if (auto x = fields.find("within-ms"))
    for (auto i = first; i < result.caller.size(); ++i)
      result.caller[i].deadline_ms = x->milliseconds();
  fields.done();
}

// -- everything else ----------------------------------------------------------

void read_gateway(const json_place& from, scenario& result) {
  settings check;
  for (const auto& [key, value] : from.members(200)) {
    if (key.starts_with("http.") || key.starts_with("log.")
        || key == "openai.url" || key == "openai.provider")
      value.fail("not be set: http, log, openai.url and openai.provider are "
                 "for whoever plays the scenario to choose");
    auto text = value.text();
    // The real one is not known yet.
    const auto example = scenario_tools::fill_in(text, "http://127.0.0.1:1");
    if (auto error = check.set(key, example, "the scenario"); !error.empty())
      value.fail("be a setting: " + error);
    result.gateway.emplace_back(key, std::move(text));
  }
}

void read_call(const json_place& from, scenario& result) {
  json_fields fields{from};
  auto& call = result.call;
  if (auto x = fields.find("from"))
    call.from = x->text(64, 1);
  if (auto x = fields.find("to"))
    call.to = x->text(64, 1);
  if (auto x = fields.find("path")) {
    call.url = x->text(200, 1);
    if (!call.url.starts_with('/'))
      x->fail("begin with /");
  }
  if (auto x = fields.find("gather"))
    for (const auto& y : x->entries(20)) {
      json_fields entered{y};
      auto& input = call.input.emplace_back();
      if (auto z = entered.find("digits"))
        input.digits = z->text(64);
      if (auto z = entered.find("speech"))
        input.speech = z->text(500);
      entered.done();
    }
  if (auto x = fields.find("dial")) {
    json_fields dial{*x};
    call.dial_status = dial.need("status").choice(
      {"completed", "answered", "busy", "no-answer", "failed", "canceled"});
    if (auto y = dial.find("ms"))
      call.dial_ms = y->milliseconds();
    dial.done();
  }
  if (auto x = fields.find("say-percent"))
    call.speech_factor = static_cast<double>(x->integer(0, 100)) / 100;
  fields.done();
}

void read_tools(const json_place& from, scenario& result) {
  for (const auto& [name, list] : from.members(20)) {
    auto& answers = result.tools[name];
    for (const auto& x : list.entries(20)) {
      json_fields fields{x};
      auto& answer = answers.emplace_back();
      if (auto y = fields.find("status"))
        answer.status = static_cast<unsigned>(y->integer(200, 599));
      if (auto y = fields.find("body"))
        answer.body = y->is_text() ? y->text() : y->object_text(100'000);
      if (auto y = fields.find("delay-ms"))
        answer.delay_ms = y->milliseconds(10'000);
      fields.done();
    }
    if (answers.empty())
      list.fail("have an answer");
  }
}

void read_fault(const json_place& from, scenario& result) {
  json_fields fields{from};
  scenario_fault fault;
  if (auto x = fields.find("at")) {
    fault.at = x->text(100, 1);
    auto is_cue = [&fault](const standins::step& step) {
      const auto* cue = std::get_if<steps::cue>(&step.what);
      return cue && cue->name == fault.at;
    };
    if (std::none_of(result.caller.begin(), result.caller.end(), is_cue))
      x->fail("be the name of a cue of the caller's");
  }
  const auto [what, value] = fields.one_of({"model", "reset", "error"});
  if (what == "model") {
    fault.model.emplace();
    if (auto error = read_faults(value.text(), *fault.model); !error.empty())
      value.fail("be faults: " + error);
  } else if (fault.at.empty()) {
    from.fail("have a field 'at': before the call there is no session");
  } else if (what == "reset") {
    value.truth();
    fault.reset = true;
  } else {
    fault.error = read_error(value);
  }
  fields.done();
  result.faults.push_back(std::move(fault));
}

} // namespace

scenario read_scenario(std::string name, std::string_view text,
                       const std::string& file) {
  const auto document = parse_scenario_json(text, file);
  json_fields fields{json_place{document, file, {}}};
  scenario result;
  result.name = std::move(name);
  result.about = fields.need("about").text(100, 10);
  result.call.url = "/incoming-call";
  result.call.speech_factor = 0;
  if (auto x = fields.find("gateway"))
    read_gateway(*x, result);
  if (auto x = fields.find("call"))
    read_call(*x, result);
  for (const auto& x : fields.need("caller").entries(max_steps))
    read_step(x, result);
  read_model(fields.need("model"), result);
  if (auto x = fields.find("tools"))
    read_tools(*x, result);
  if (auto x = fields.find("faults"))
    for (const auto& y : x->entries(20))
      read_fault(y, result);
  result.expect = read_expectations(fields.need("expect"), result);
  fields.done();
  return result;
}

} // namespace offhook::app
