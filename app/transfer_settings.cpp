#include "app/transfer_settings.hpp"

#include <algorithm>
#include <cctype>

#include "app/read_values.hpp"

namespace offhook::app {

namespace {

constexpr std::size_t max_name = 64;
constexpr std::size_t max_number = 20;
constexpr std::size_t max_address = 255;

/// A number as it is dialled, or a SIP address.
bool is_line(std::string_view text) {
  if (text.starts_with("sip:") || text.starts_with("sips:"))
    return text.size() <= max_address && text.find('@') != text.npos
           && std::all_of(text.begin(), text.end(), [](unsigned char c) {
                return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>';
              });
  text.remove_prefix(text.starts_with('+') ? 1 : 0);
  return text.size() >= 2 && text.size() <= max_number
         && text.find_first_not_of("0123456789") == text.npos;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= max_name
         && std::all_of(text.begin(), text.end(), [](unsigned char c) {
              return std::isalnum(c) != 0 || c == '-' || c == '_';
            });
}

} // namespace

actors::transfer_rules read_transfer(const settings& from,
                                     const std::string& agent) {
  auto key = [&agent](std::string_view rest) {
    return "agents." + agent + ".transfer." + std::string{rest};
  };
  actors::transfer_rules result;
  for (const auto& x : read_pairs(from.text(key("targets"))))
    if (!is_name(x.name) || !is_line(x.value)
        || !result.targets.emplace(x.name, x.value).second)
      throw bad_entry(
        from, key("targets"), x.text,
        "NAME=NUMBER, each name once, of letters, digits, - and _, and a "
        "number such as +15550100 or sip:desk@pbx.example.com");
  // Twilio counts whole seconds.
  result.timeout_s = static_cast<std::uint32_t>(
    (from.milliseconds(key("timeout")) + 999) / 1000);
  result.caller_id = from.text(key("caller-id"));
  if (!result.caller_id.empty() && !is_line(result.caller_id))
    throw bad_entry(from, key("caller-id"), result.caller_id,
                    "empty, or a number such as +15550100");
  return result;
}

} // namespace offhook::app
