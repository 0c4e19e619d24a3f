#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

/// Who serves the Realtime protocol, and what is different there: one profile
/// for each, and nothing elsewhere that knows of one.
namespace offhook::protocol::openai {

/// What a server can do that another cannot.
struct provider_features {
  bool truncates = true;     ///< knows `conversation.item.truncate`
  bool idle_timeouts = true; ///< takes `idle_timeout_ms`
};

struct provider_profile {
  std::string_view name;
  std::string_view endpoint;    ///< empty: every customer has one of their own
  std::string_view auth_header; ///< such as `Authorization`
  std::string_view auth_prefix; ///< before the key in it, such as `Bearer `
  provider_features features = {};
};

/// `openai` (the service) and `azure` (Azure OpenAI, whose GA path takes no
/// `api-version`). Servers that imitate the API take OpenAI's profile.
std::span<const provider_profile> providers();

/// @returns null: there is no such profile
const provider_profile* find_provider(std::string_view name);

/// The header that carries the key.
std::pair<std::string, std::string> auth_header(const provider_profile& of,
                                                std::string_view key);

} // namespace offhook::protocol::openai
