#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Functions whose parameters are all texts, which is what our own ones have.
namespace offhook::protocol {

struct text_parameter {
  std::string name;
  std::string description;
  std::vector<std::string> choices = {}; ///< empty: any text
  bool required = true;
};

/// The JSON schema of a function with these parameters and no others.
std::string schema_of(const std::vector<text_parameter>& parameters);

/// The arguments of a call, by name; nothing where `json` is anything but an
/// object of texts, or beyond 16 names or 4 kB a text.
std::map<std::string, std::string> text_arguments(std::string_view json);

} // namespace offhook::protocol
