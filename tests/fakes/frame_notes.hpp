#pragma once

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace offhook::tests {

/// Realtime frames of a test, for the check against the types of npm's `openai`
/// (the test `peers.openai-types`).
class frame_notes {
public:
  void add(bool from_us, std::string text) {
    frames_.emplace_back(from_us, std::move(text));
  }

  /// Writes them to `frames/NAME.jsonl` in the build folder, behind those that
  /// this process has written before. No name, no file.
  void append_to(const std::string& name) const {
    static std::set<std::string> begun;
    if (name.empty())
      return;
    const auto folder = std::filesystem::path{OFFHOOK_BINARY_DIR} / "frames";
    std::filesystem::create_directories(folder);
    const auto mode = begun.insert(name).second ? std::ios::trunc
                                                : std::ios::app;
    std::ofstream out{folder / (name + ".jsonl"), mode};
    for (const auto& [from_us, text] : frames_)
      out << R"({"dir":")" << (from_us ? "out" : "in") << R"(","frame":)"
          << text << "}\n";
  }

private:
  std::vector<std::pair<bool, std::string>> frames_;
};

} // namespace offhook::tests
