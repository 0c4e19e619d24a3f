#pragma once

#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <rapidjson/document.h>

#include "app/standins/demo_agent_json.hpp"
#include "app/standins/machine.hpp"

namespace offhook::tests {

/// A Realtime server that plays the corpus: its own lines in their order, and
/// at each line of a client it waits until the gateway has sent the like. Its
/// clock is not that of the corpus: a line takes 20 ms, and where the caller
/// begins to speak without an interruption, what was said before is heard
/// first.
class corpus_server final : public app::standins::machine {
public:
  using time_point = app::standins::time_point;
  using effects = app::standins::effects;

  /// @param not_ours event ids of client lines that a gateway which does
  ///        nothing wrong never sends; their answers are played all the same
  corpus_server(const std::string& file, std::vector<std::string> not_ours)
    : not_ours_(std::move(not_ours)) {
    std::ifstream in{file};
    for (std::string text; std::getline(in, text);) {
      auto& line = lines_.emplace_back();
      line.whole.Parse(text.c_str());
      line.out = app::standins::json::find_text(line.whole, "dir") == "out";
    }
  }

  effects on_open(time_point now) override {
    next_at_ = now;
    return on_time(now);
  }

  effects on_text(std::string_view text, time_point) override {
    rapidjson::Document event;
    event.Parse(text.data(), text.size());
    if (type_of(event) == "input_audio_buffer.append")
      ++appends_;
    else
      sent_.push_back(std::move(event));
    return {};
  }

  void on_closed(std::uint16_t, time_point) override {
    next_at_.reset();
  }

  effects on_time(time_point now) override {
    effects out;
    while (next_at_ && *next_at_ <= now && failure.empty()) {
      if (at_ == lines_.size()) {
        next_at_.reset();
        break;
      }
      if (lines_[at_].out && !gateway_has_sent(frame(at_))) {
        *next_at_ += step; // Not yet.
        continue;
      }
      if (!lines_[at_].out && type_of(frame(at_)) == "error")
        ++errors;
      if (!lines_[at_].out)
        out.emplace_back(app::standins::send_text{answer(frame(at_))});
      ++at_;
      *next_at_ += step;
      if (at_ < lines_.size() && begins_to_speak() && !interrupts())
        *next_at_ += until_heard;
    }
    if (!failure.empty())
      next_at_.reset();
    return out;
  }

  std::optional<time_point> next_time() const override {
    return next_at_;
  }

  bool through() const {
    return at_ == lines_.size();
  }

  /// Where it stands, for the message of a test.
  std::string position() const {
    return through() ? "the end"
                     : "line " + std::to_string(at_ + 1) + ", "
                         + std::string{type_of(lines_[at_].whole["frame"])};
  }

  /// What was sent beyond the client's lines of the corpus.
  std::vector<std::string> left() const {
    std::vector<std::string> result;
    for (const auto& x : sent_)
      result.emplace_back(type_of(x));
    return result;
  }

  std::string failure;
  std::size_t errors = 0;           ///< that it has sent
  std::vector<std::string> matched; ///< kinds of the client's lines, in order

private:
  using value = rapidjson::Value;

  struct line {
    rapidjson::Document whole;
    bool out = false;
  };

  static constexpr std::chrono::milliseconds step{20};
  static constexpr std::chrono::milliseconds until_heard{4000};

  static std::string_view type_of(const value& event) {
    return app::standins::json::find_text(event, "type");
  }

  rapidjson::Value& frame(std::size_t at) {
    return lines_[at].whole["frame"];
  }

  bool begins_to_speak() {
    return type_of(frame(at_)) == "input_audio_buffer.speech_started";
  }

  /// Whether a truncation follows before the caller's next turn.
  bool interrupts() {
    for (auto i = at_ + 1; i < lines_.size(); ++i) {
      const auto type = type_of(frame(i));
      if (type == "conversation.item.truncate")
        return true;
      if (type == "input_audio_buffer.speech_stopped")
        return false;
    }
    return false;
  }

  bool gateway_has_sent(const value& expected) {
    using app::standins::json::find;
    using app::standins::json::find_text;
    const auto type = type_of(expected);
    if (type == "input_audio_buffer.append") {
      if (appends_ == 0)
        return false;
      appends_ = 0;
      return true;
    }
    const auto id = find_text(expected, "event_id");
    for (const auto& x : not_ours_)
      if (x == id)
        return true;
    if (sent_.empty())
      return false;
    const auto got = std::move(sent_.front());
    sent_.pop_front();
    if (type_of(got) != type) {
      failure = position() + ": the gateway sent "
                + app::standins::json::to_text(got);
      return false;
    }
    // The conversation's own ids must be right; a client's are free.
    for (const auto* name : {"item_id", "response_id"})
      if (find_text(expected, name) != find_text(got, name))
        failure = position() + ": another " + name + ": "
                  + app::standins::json::to_text(got);
    const auto* item = find(expected, "item");
    const auto* our_item = find(got, "item");
    if (item && our_item) {
      for (const auto* name : {"type", "role", "call_id"})
        if (find_text(*item, name) != find_text(*our_item, name))
          failure = position() + ": another " + name + ": "
                    + app::standins::json::to_text(got);
      ids_[std::string{find_text(*item, "id")}] = find_text(*our_item, "id");
    }
    if (type == "response.create") {
      const auto* metadata = find(find(&got, "response"), "metadata");
      metadata_ = metadata ? app::standins::json::to_text(*metadata) : "null";
    }
    matched.emplace_back(type);
    return true;
  }

  /// A line of the server's, with the ids and metadata that the gateway chose.
  std::string answer(const value& event) {
    using app::standins::json::find;
    using app::standins::json::find_text;
    rapidjson::Document copy;
    copy.CopyFrom(event, copy.GetAllocator());
    if (const auto* response = find(copy, "response")) {
      const std::string id{find_text(*response, "id")};
      if (metadata_ && type_of(copy) == "response.created")
        responses_[id] = *std::exchange(metadata_, std::nullopt);
      if (auto known = responses_.find(id); known != responses_.end()) {
        rapidjson::Document metadata{&copy.GetAllocator()};
        metadata.Parse(known->second.c_str());
        copy["response"]["metadata"].Swap(metadata);
      }
    }
    auto result = app::standins::json::to_text(copy);
    for (const auto& [theirs, ours] : ids_) {
      const auto quoted = '"' + theirs + '"';
      for (auto at = result.find(quoted); at != std::string::npos;
           at = result.find(quoted, at))
        result.replace(at + 1, theirs.size(), ours);
    }
    return result;
  }

  std::vector<line> lines_;
  std::size_t at_ = 0;
  const std::vector<std::string> not_ours_;
  std::optional<time_point> next_at_;
  std::size_t appends_ = 0;
  std::deque<rapidjson::Document> sent_;
  std::map<std::string, std::string> ids_;       ///< of items: theirs, ours
  std::optional<std::string> metadata_;          ///< of the request under way
  std::map<std::string, std::string> responses_; ///< metadata by id
};

} // namespace offhook::tests
