#include "app/tools.hpp"

#include <algorithm>
#include <cctype>

#include "actors/call_tools.hpp"
#include "app/read_values.hpp"
#include "net/http_url.hpp"

namespace offhook::app {

namespace {

std::uint32_t to_ms(const settings& from, const std::string& key) {
  return static_cast<std::uint32_t>(from.milliseconds(key));
}

net::host_policy read_policy(const settings& from) {
  constexpr auto origins = "http-client.allow-origins";
  constexpr auto hosts = "http-client.allow-private";
  net::host_policy result;
  if (auto error = result.set(read_list(from.text(origins)), {});
      !error.empty())
    throw bad_value(from, origins, error);
  if (auto error = result.set({}, read_list(from.text(hosts))); !error.empty())
    throw bad_value(from, hosts, error);
  return result;
}

/// As the Realtime API has it.
bool is_function_name(const std::string& x) {
  constexpr std::size_t longest = 64;
  return x.size() <= longest
         && std::all_of(x.begin(), x.end(), [](unsigned char c) {
              return std::isalnum(c) != 0 || c == '_' || c == '-';
            });
}

tool_catalog::entry read_tool(const settings& from, const std::string& name,
                              const net::host_policy& policy) {
  auto key = [&name](std::string_view rest) {
    return "tools." + name + '.' + std::string{rest};
  };
  auto in_file = !from.text(key("parameters-file")).empty();
  const auto schema_key = key(in_file ? "parameters-file" : "parameters");
  auto schema = in_file ? read_text_file(from, schema_key)
                        : from.text(schema_key);
  std::string error;
  actors::webhook_tool result;
  result.schema = protocol::json_schema::compile(schema, error);
  if (!result.schema)
    throw bad_value(from, schema_key, "it must be a JSON Schema: " + error);
  result.name = name;
  result.url = from.text(key("url"));
  auto url = net::parse_http_url(result.url);
  const auto* parts = std::get_if<net::ws_url>(&url);
  if (!parts)
    throw bad_value(from, key("url"), "it must be where calls are posted");
  if (!policy.may_ask(*parts))
    throw bad_value(from, key("url"),
                    "its origin, " + net::origin_of(*parts)
                      + ", must be in 'http-client.allow-origins'");
  result.deadline_ms = to_ms(from, key("deadline"));
  result.filler = from.text(key("filler"));
  result.filler_tone = from.flag(key("filler-tone"));
  result.filler_after_ms = to_ms(from, key("filler-after"));
  result.cancel_on_interruption = from.flag(key("cancel-on-interruption"));
  result.max_response_bytes
    = static_cast<std::size_t>(from.integer(key("max-response")));
  return {{name, from.text(key("description")), std::move(schema)},
          std::make_shared<const actors::webhook_tool>(std::move(result))};
}

protocol::openai::mcp_server read_mcp_server(const settings& from,
                                             const std::string& name,
                                             const secrets& keys) {
  auto key = [&name](std::string_view rest) {
    return "mcp." + name + '.' + std::string{rest};
  };
  protocol::openai::mcp_server result;
  result.label = name;
  result.url = from.text(key("server-url"));
  if (!result.url.starts_with("https://"))
    throw bad_value(from, key("server-url"), "it must be an https:// URL");
  result.description = from.text(key("description"));
  result.allowed_tools = read_list(from.text(key("allowed-tools")));
  result.asks = from.text(key("approval")) == "always";
  result.approved_tools = read_list(from.text(key("approved-tools")));
  result.authorization = keys.mcp_authorization(name);
  return result;
}

} // namespace

tool_catalog read_tools(const settings& from, const secrets& keys) {
  auto policy = read_policy(from);
  auto taken = actors::built_in_tools();
  tool_catalog result;
  for (const auto& name : from.names("tools")) {
    if (name == "default") // What the others do not say.
      continue;
    if (!is_function_name(name)
        || std::find(taken.begin(), taken.end(), name) != taken.end())
      throw std::runtime_error{
        "bad name '" + name
        + "' in the group 'tools': it must have at most 64 characters of a-z "
          "A-Z 0-9 _ - and be no name of a built-in function"};
    result.webhooks.emplace(name, read_tool(from, name, policy));
  }
  for (const auto& name : from.names("mcp"))
    if (name != "default")
      result.mcp_servers.emplace(name, read_mcp_server(from, name, keys));
  return result;
}

net::https_client_options read_http_client(const settings& from) {
  net::https_client_options result;
  result.policy = read_policy(from);
  result.trust
    = std::make_shared<net::tls_trust>(from.text("http-client.ca-file"));
  return result;
}

} // namespace offhook::app
