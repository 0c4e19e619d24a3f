#include "protocol/openai_provider.hpp"

#include <array>

namespace offhook::protocol::openai {

namespace {

constexpr std::array<provider_profile, 2> all{{
  {"openai", "wss://api.openai.com/v1/realtime", "Authorization", "Bearer "},
  {"azure", "", "api-key", ""},
}};

} // namespace

std::span<const provider_profile> providers() {
  return all;
}

const provider_profile* find_provider(std::string_view name) {
  for (const auto& x : all)
    if (x.name == name)
      return &x;
  return nullptr;
}

std::pair<std::string, std::string> auth_header(const provider_profile& of,
                                                std::string_view key) {
  return {std::string{of.auth_header},
          std::string{of.auth_prefix} + std::string{key}};
}

} // namespace offhook::protocol::openai
