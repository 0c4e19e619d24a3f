#include "app/standins/demo_agent_impl.hpp"

#include <utility>

namespace offhook::app::standins {

std::string demo_agent::impl::new_id(std::string_view kind) {
  // At most 32 characters, as the service's own ids are.
  auto number = std::to_string(++last_id);
  std::string result{kind};
  result += '_';
  result += options.id_salt.substr(0, 16);
  if (number.size() < 4)
    result.append(4 - number.size(), '0');
  return result + number;
}

json::object demo_agent::impl::event(std::string_view type) {
  auto number = std::to_string(++last_event);
  std::string id = "event_" + options.id_salt;
  if (number.size() < 4)
    id.append(4 - number.size(), '0');
  json::object result;
  result.add("type", type).add("event_id", id + number);
  return result;
}

void demo_agent::impl::emit(const json::object& x) {
  if (over || silent)
    return;
  if (faults.unknown_events)
    out.emplace_back(send_text{
      event("x_demo.unknown").raw("data", R"([1,{"a":null}])").text()});
  if (!faults.unknown_fields) {
    out.emplace_back(send_text{x.text()});
    return;
  }
  auto copy = x;
  out.emplace_back(send_text{
    copy.add("timestamp", "2026-11-23T00:00:00Z")
      .raw("x_demo_unknown", R"({"nested":[1.5,null,"x"],"type":"error"})")
      .text()});
}

void demo_agent::impl::emit_garbage() {
  if (over || silent)
    return;
  for (auto text : {R"({"type":)", R"([{"type":"response.done"}])", "", "null",
                    R"({"event_id":"event_x"})", R"({"type":7})",
                    R"({"type":"response.output_audio.delta","delta":{}})",
                    R"({"type":"response.done","response":null})",
                    R"({"type":"error","error":"text"})"})
    out.emplace_back(send_text{text});
}

void demo_agent::impl::refuse(const schema::violation& bad,
                              const json::value& event) {
  refuse(bad.code, bad.message, bad.param, json::find_text(event, "event_id"));
}

void demo_agent::impl::refuse(std::string_view code, std::string_view message,
                              std::string_view param,
                              std::string_view client_event_id) {
  error({"invalid_request_error", std::string{code}, std::string{message}},
        param, client_event_id);
}

void demo_agent::impl::error(const agent_error& x, std::string_view param,
                             std::string_view client_event_id) {
  json::object inner;
  inner.add("type", x.type);
  auto add = [&](std::string_view key, std::string_view text) {
    if (text.empty() || faults.nulls)
      inner.add(key, nullptr);
    else
      inner.add(key, text);
  };
  if (x.code.empty())
    inner.add("code", nullptr);
  else
    inner.add("code", x.code);
  inner.add("message", x.message);
  add("param", param);
  add("event_id", client_event_id);
  ++stats.errors;
  emit(event("error").raw("error", inner.text()));
}

void demo_agent::impl::close(std::uint16_t code, std::string_view reason) {
  if (over)
    return;
  out.emplace_back(close_socket{code, std::string{reason}});
  over = true;
}

void demo_agent::impl::reset() {
  if (over)
    return;
  out.emplace_back(reset_socket{});
  over = true;
}

effects demo_agent::impl::take_out() {
  auto result = std::exchange(out, {});
  if (options.on_message)
    for (const auto& x : result)
      if (const auto* message = std::get_if<send_text>(&x))
        options.on_message(false, message->text, now);
  return result;
}

} // namespace offhook::app::standins
