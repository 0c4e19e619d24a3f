#pragma once

#include <charconv>
#include <string_view>
#include <system_error>

namespace offhook::bench {

/// Reads one argument of a measurement, such as `--calls=200`.
/// @param name with the dashes and the equals sign
/// @param out set where `arg` is that, with a number from 1 to `max`
inline bool read_number(std::string_view arg, std::string_view name, int max,
                        int& out) {
  if (!arg.starts_with(name))
    return false;
  arg.remove_prefix(name.size());
  int x = 0;
  const auto* end = arg.data() + arg.size();
  auto [at, error] = std::from_chars(arg.data(), end, x);
  if (error != std::errc{} || at != end || x < 1 || x > max)
    return false;
  out = x;
  return true;
}

} // namespace offhook::bench
