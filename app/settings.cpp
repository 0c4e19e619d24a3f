#include "app/settings.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <stdexcept>

#include <arpa/inet.h>

#include <caf/config_value.hpp>
#include <caf/timespan.hpp>

#include "net/http_url.hpp"

namespace offhook::app {

namespace {

std::optional<double> to_number(std::string_view text) {
  double result = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      result);
  if (error != std::errc{} || end != text.data() + text.size()
      || !std::isfinite(result))
    return std::nullopt;
  return result;
}

/// Milliseconds of CAF's duration syntax (`250ms`, `4s`, `1h`).
std::optional<double> to_ms(std::string_view text) {
  caf::config_value value{std::string{text}};
  auto span = caf::get_as<caf::timespan>(value);
  if (!span)
    return std::nullopt;
  return static_cast<double>(span->count()) / 1e6;
}

std::string in_range(const setting& x, std::optional<double> value) {
  if (value && *value >= x.min && *value <= x.max)
    return {};
  return allowed(x);
}

std::string number_text(double x) {
  if (x == std::floor(x))
    return std::to_string(static_cast<std::int64_t>(x));
  auto result = std::to_string(x);
  result.erase(result.find_last_not_of('0') + 1);
  return result;
}

bool is_ip_address(std::string_view text) {
  if (text == "localhost")
    return true;
  const std::string address{text};
  in6_addr ignored{};
  return inet_pton(AF_INET, address.c_str(), &ignored) == 1
         || inet_pton(AF_INET6, address.c_str(), &ignored) == 1;
}

bool is_ws_url(std::string_view text) {
  return std::holds_alternative<net::ws_url>(net::parse_ws_url(text));
}

bool is_http_url(std::string_view text) {
  return std::holds_alternative<net::ws_url>(net::parse_http_url(text));
}

bool is_origin(std::string_view text) {
  auto url = net::parse_http_url(text);
  const auto* parts = std::get_if<net::ws_url>(&url);
  return parts && parts->target == "/";
}

} // namespace

namespace {

/// What stands for the `*` of a pattern in `key`; empty: it is not of it.
std::string_view name_in(std::string_view pattern, std::string_view key) {
  auto star = pattern.find('*');
  if (star == std::string_view::npos)
    return {};
  auto before = pattern.substr(0, star);
  auto behind = pattern.substr(star + 1);
  if (key.size() <= before.size() + behind.size() || !key.starts_with(before)
      || !key.ends_with(behind))
    return {};
  auto name = key.substr(before.size(),
                         key.size() - before.size() - behind.size());
  // Models have dots in their names, and a behaviour's section has keys of its
  // own; elsewhere a dot goes one level down.
  auto dotted = pattern.starts_with("prices.") || pattern == "behaviours.*";
  auto good = std::all_of(name.begin(), name.end(), [dotted](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || (dotted && c == '.');
  });
  return good ? name : std::string_view{};
}

} // namespace

const setting* find_setting(std::string_view key) {
  for (const auto& x : all_settings())
    if (x.key == key || !name_in(x.key, key).empty())
      return &x;
  return nullptr;
}

std::string key_for(const setting& x, std::string_view name) {
  std::string result{x.key};
  if (auto star = result.find('*'); star != std::string::npos)
    result.replace(star, 1, name);
  return result;
}

std::string allowed(const setting& x) {
  auto range = " from " + number_text(x.min) + " to " + number_text(x.max);
  switch (x.kind) {
    case value_kind::text:
      return "text without control characters";
    case value_kind::integer:
      return "an integer" + range;
    case value_kind::real:
      return "a number" + range;
    case value_kind::duration:
      return "a duration (such as 250ms, 10s, 4h)" + range + " ms";
    case value_kind::choice: {
      std::string result = "one of";
      for (auto choice : x.choices)
        result.append(" ").append(choice);
      return result;
    }
    case value_kind::boolean:
      return "true or false";
    case value_kind::ip_address:
      return "localhost or an IP address, such as 127.0.0.1, 0.0.0.0 or ::1";
    case value_kind::origin:
      return "an origin such as https://voice.example.com (http:// or "
             "https://, no path, no query), or empty";
    case value_kind::ws_url:
      return "a URL such as wss://host/path (ws:// or wss://, no credentials), "
             "or empty";
    case value_kind::http_url:
      return "a URL such as https://host/path (http:// or https://, no "
             "credentials), or empty";
  }
  return {};
}

std::string check_value(const setting& x, std::string_view text) {
  switch (x.kind) {
    case value_kind::text: {
      auto bad = std::any_of(text.begin(), text.end(), [](unsigned char c) {
        return c < 0x20 && c != '\n' && c != '\t';
      });
      return bad ? allowed(x) : std::string{};
    }
    case value_kind::integer: {
      auto value = to_number(text);
      if (value && *value != std::floor(*value))
        value.reset();
      return in_range(x, value);
    }
    case value_kind::real:
      return in_range(x, to_number(text));
    case value_kind::duration:
      return in_range(x, to_ms(text));
    case value_kind::choice:
      return std::find(x.choices.begin(), x.choices.end(), text)
                 == x.choices.end()
               ? allowed(x)
               : std::string{};
    case value_kind::boolean:
      return text == "true" || text == "false" ? std::string{} : allowed(x);
    case value_kind::ip_address:
      return is_ip_address(text) ? std::string{} : allowed(x);
    case value_kind::origin:
      return text.empty() || is_origin(text) ? std::string{} : allowed(x);
    case value_kind::ws_url:
      return text.empty() || is_ws_url(text) ? std::string{} : allowed(x);
    case value_kind::http_url:
      return text.empty() || is_http_url(text) ? std::string{} : allowed(x);
  }
  return allowed(x);
}

settings::settings() {
  for (const auto& x : all_settings())
    defaults_.emplace(x.key, entry{std::string{x.default_value}, "default"});
}

std::string settings::set(std::string_view key, std::string_view value,
                          std::string_view origin) {
  auto named = " (from " + std::string{origin} + ")";
  const auto* known = find_setting(key);
  if (!known)
    return "unknown key '" + std::string{key} + "'" + named
           + ": see 'offhook help' for all keys";
  if (auto must = check_value(*known, value); !must.empty())
    return "bad value '" + std::string{value} + "' for key '" + std::string{key}
           + "'" + named + ": it must be " + must;
  values_.insert_or_assign(std::string{key},
                           entry{std::string{value}, std::string{origin}});
  return {};
}

std::string settings::check_together() const {
  for (auto [one, other] :
       {std::pair{"http.tls.cert-file", "http.tls.key-file"},
        std::pair{"http.tls.key-file", "http.tls.cert-file"}})
    if (!text(one).empty() && text(other).empty())
      return "key '" + std::string{other} + "' is missing: '" + one + "' is '"
             + text(one) + "' (from " + origin(one)
             + "), and a certificate and its key go together";
  if (text("admission.refuse-with") == "redirect"
      && text("admission.redirect-url").empty())
    return "key 'admission.redirect-url' is missing: 'admission.refuse-with' "
           "is 'redirect' (from "
           + origin("admission.refuse-with")
           + "), so it must be the origin of another instance";
  if (text("openai.provider") == "azure") {
    const auto& url = text("openai.url");
    auto what = url.empty() ? "is missing"
                : url.find("api-version=") != url.npos
                  ? "has an api-version, which the GA path refuses with 401"
                  : "";
    if (*what != '\0')
      return std::string{"key 'openai.url' "} + what
             + ": 'openai.provider' is 'azure' (from "
             + origin("openai.provider")
             + "), so it must be wss://RESOURCE.openai.azure.com/openai/v1/"
               "realtime";
  }
  return {};
}

const settings::entry& settings::at(std::string_view key) const {
  if (auto i = values_.find(key); i != values_.end())
    return i->second;
  const auto* known = find_setting(key);
  if (!known)
    throw std::logic_error("no such setting: " + std::string{key});
  if (auto i = values_.find(key_for(*known, "default")); i != values_.end())
    return i->second;
  return defaults_.find(known->key)->second;
}

std::vector<std::string> settings::names(std::string_view group) const {
  std::set<std::string> result;
  for (const auto& [key, value] : values_)
    for (const auto& x : all_settings())
      if (x.key.starts_with(group)
          && x.key.substr(group.size()).starts_with(".*")
          && !name_in(x.key, key).empty())
        result.emplace(name_in(x.key, key));
  return {result.begin(), result.end()};
}

bool settings::is_default(std::string_view key) const {
  return at(key).origin == "default";
}

const std::string& settings::text(std::string_view key) const {
  return at(key).value;
}

std::int64_t settings::integer(std::string_view key) const {
  return static_cast<std::int64_t>(to_number(text(key)).value_or(0));
}

double settings::real(std::string_view key) const {
  return to_number(text(key)).value_or(0);
}

bool settings::flag(std::string_view key) const {
  return text(key) == "true";
}

std::int64_t settings::milliseconds(std::string_view key) const {
  return static_cast<std::int64_t>(to_ms(text(key)).value_or(0));
}

const std::string& settings::origin(std::string_view key) const {
  return at(key).origin;
}

} // namespace offhook::app
