#include "protocol/text_parameters.hpp"

#include "protocol/json.hpp"
#include "protocol/json_writer.hpp"

namespace offhook::protocol {

std::string schema_of(const std::vector<text_parameter>& parameters) {
  json::writer out;
  out.field("type", "object").open("properties");
  std::vector<std::string> required;
  for (const auto& x : parameters) {
    out.open(x.name)
      .field("type", "string")
      .field_unless_empty("description", x.description);
    if (!x.choices.empty())
      out.list("enum", x.choices);
    out.close();
    if (x.required)
      required.push_back(x.name);
  }
  out.close();
  if (!required.empty())
    out.list("required", required);
  return std::move(out.field("additionalProperties", false)).take();
}

std::map<std::string, std::string> text_arguments(std::string_view json) {
  using arguments = std::map<std::string, std::string>;
  auto result = json::read(json, [](const json::object& root) {
    arguments found;
    root.strings({16, 64, 4096},
                 [&](std::string_view name, std::string_view value) {
                   found.emplace(name, value);
                 });
    return found;
  });
  return result ? std::move(*result) : arguments{};
}

} // namespace offhook::protocol
