#include "app/scenario_library.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/scenario_reader.hpp"

// The assembler puts a file between two symbols of ours.
#define OFFHOOK_SCENARIO(id, name, file)                                       \
  __asm__(".pushsection .rodata\n"                                             \
          ".global offhook_scenario_" #id "_begin\n"                           \
          ".global offhook_scenario_" #id "_end\n"                             \
          "offhook_scenario_" #id "_begin:\n"                                  \
          ".incbin \"" file "\"\n"                                             \
          "offhook_scenario_" #id "_end:\n"                                    \
          ".byte 0\n"                                                          \
          ".popsection\n");                                                    \
  extern "C" const char offhook_scenario_##id##_begin[];                       \
  extern "C" const char offhook_scenario_##id##_end[];

#include "app/scenario_files.inc"

#undef OFFHOOK_SCENARIO

namespace offhook::app {

namespace {

struct entry {
  std::string_view name;
  const char* begin;
  const char* end;
};

#define OFFHOOK_SCENARIO(id, name, file)                                       \
  entry{name, offhook_scenario_##id##_begin, offhook_scenario_##id##_end},

constexpr auto entries = std::array{
#include "app/scenario_files.inc"
};

#undef OFFHOOK_SCENARIO

constexpr std::size_t max_file_bytes = 1024 * 1024;

} // namespace

std::vector<std::string_view> scenario_names() {
  std::vector<std::string_view> result;
  for (const auto& x : entries)
    result.push_back(x.name);
  return result;
}

std::string_view scenario_text(std::string_view name) noexcept {
  for (const auto& x : entries)
    if (x.name == name)
      return {x.begin, static_cast<std::size_t>(x.end - x.begin)};
  return {};
}

scenario built_in_scenario(std::string_view name) {
  return read_scenario(std::string{name}, scenario_text(name),
                       std::string{name} + ".json");
}

scenario load_scenario(const std::string& name_or_file) {
  if (!scenario_text(name_or_file).empty())
    return built_in_scenario(name_or_file);
  std::error_code ignored;
  std::string all;
  for (auto x : scenario_names())
    all.append(all.empty() ? "" : ", ").append(x);
  if (!std::filesystem::is_regular_file(name_or_file, ignored)
      || std::filesystem::file_size(name_or_file, ignored) > max_file_bytes)
    throw scenario_error{"no scenario '" + name_or_file
                         + "': it must be a file, or one of " + all};
  std::stringstream text;
  text << std::ifstream{name_or_file}.rdbuf();
  return read_scenario(std::filesystem::path{name_or_file}.stem().string(),
                       text.view(), name_or_file);
}

} // namespace offhook::app
