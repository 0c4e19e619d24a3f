#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

/// The recorded calls of `tests/data`, one frame a line.
namespace offhook::tests {

using json_document = rapidjson::Document;
using json_value = rapidjson::Value;

inline json_document parse_json(std::string_view text) {
  json_document result;
  result.Parse(text.data(), text.size());
  return result;
}

inline std::string to_text(const json_value& x) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer{buffer};
  x.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

/// The string at a path of names, or an empty one where there is none.
template <class... Names>
std::string
string_at(const json_value& x, const char* name, const Names*... names) {
  const auto it = x.FindMember(name);
  if (it == x.MemberEnd())
    return {};
  if constexpr (sizeof...(Names) > 0)
    return it->value.IsObject() ? string_at(it->value, names...)
                                : std::string{};
  else
    return it->value.IsString() ? it->value.GetString() : std::string{};
}

struct corpus_line {
  bool in = false; ///< from the peer to us
  std::string frame;
};

/// Reads `tests/data/NAME`. No lines: no such file.
inline std::vector<corpus_line> load_corpus(const std::string& name) {
  std::ifstream file{std::filesystem::path{OFFHOOK_TEST_DATA_DIR} / name};
  std::vector<corpus_line> result;
  for (std::string line; std::getline(file, line);) {
    const auto doc = parse_json(line);
    result.push_back({string_at(doc, "dir") == "in", to_text(doc["frame"])});
  }
  return result;
}

/// Gathers what failed in a loop of many thousand checks, so that the log
/// shows the first of them and not all that passed.
class tally {
public:
  void note(bool ok, std::string_view what) {
    ++checks_;
    if (!ok && ++failures_ <= 10) {
      text_ += "\n  ";
      text_ += what.substr(0, 400);
    }
  }

  std::size_t checks() const {
    return checks_;
  }

  /// Empty if all is well.
  const std::string& text() const {
    return text_;
  }

private:
  std::size_t checks_ = 0;
  std::size_t failures_ = 0;
  std::string text_;
};

} // namespace offhook::tests
