// What passes between the gateway and the sessions of a call.

#include "bench/torture/call_check.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <rapidjson/document.h>

#include "bench/torture/counted_words.hpp"
#include "protocol/base64.hpp"

namespace offhook::torture {

namespace {

// Caller audio that waits for a session is kept so long; and at most so many
// frames of what one had are given to the next.
constexpr std::chrono::seconds kept_waiting{9};
constexpr std::ptrdiff_t max_again = 10'400 / 20;

// More than what ends a gap for the gateway: its news may be late.
constexpr std::chrono::seconds steady_session{12};

// Longer than anything can be heard that a session has to be told of.
constexpr std::chrono::seconds longest_speech{8};

bool is_of_ours(std::string_view item_id) {
  return item_id.starts_with("offhook_");
}

} // namespace

bool call_check::lasts(const session_view& x) const {
  return x.updated && now_ - x.updated_at >= steady_session;
}

call_check::session_view& call_check::view(std::uint32_t session) {
  return sessions_.try_emplace(session, salt()).first->second;
}

void call_check::dialled(std::uint32_t session) {
  ++dials_;
  ++dials_in_vain_;
  if (!gap_began_)
    gap_began_ = now_;
  view(session);
}

void call_check::was_not_in_vain(session_view& x) {
  dials_in_vain_ -= std::min(dials_in_vain_, std::exchange(x.vain_before, 0u));
  had_session_ = true;
}

std::optional<std::size_t>
call_check::still_heard(const session_view& session) const {
  const auto marks = watched_ == place::at_the_gateway
                       ? std::chrono::milliseconds{1'000}
                       : std::chrono::milliseconds{longest_way};
  std::optional<std::size_t> result;
  for (const auto& [key, place] : places_) {
    if (!key.starts_with("agent ")
        || std::find(session.seeds.begin(), session.seeds.end(), key)
             != session.seeds.end())
      continue;
    auto number = number_of(key);
    auto heard = known_whole_.find(number);
    // At the peers the news of a clear may have overtaken a session's.
    auto cut = cuts_.lower_bound(number);
    if ((cut != cuts_.end()
         && (watched_ == place::at_the_gateway
             || now_ - cut->second > longest_way))
        || (heard != known_whole_.end() && now_ - heard->second > marks))
      continue;
    if (!result || place < *result)
      result = place;
  }
  return result;
}

void call_check::begins_to_talk(std::uint32_t session) {
  auto& s = view(session);
  s.talks = true;
  s.talks_since = now_;
  was_not_in_vain(s); // What was sent to the gateway, it has.
  for (auto& [number, other] : sessions_) {
    if (&other == &s || !other.talks)
      continue;
    other.talks = false; // Its end is on the way.
    other.replaced = true;
    other.last_before = last_sent_;
    check_deferred(other);
  }
  // What waits for a session longer than it is kept.
  if (nobody_since_ && now_ - *nobody_since_ > kept_waiting)
    may_lose(*nobody_since_ - moment, now_ - kept_waiting);
  nobody_since_.reset();
  s.held_from = still_heard(s);
  for (const auto& key : s.owed) {
    if (std::find(s.seeds.begin(), s.seeds.end(), key) != s.seeds.end())
      continue;
    if (s.held_from && places_.at(key) >= *s.held_from)
      s.deferred.insert(key);
    else
      wrong("a session was not told: " + key);
  }
}

void call_check::check_deferred(const session_view& session) {
  // One that was lost meanwhile may not have got so far.
  if (session.deferred.empty() || now_ - session.talks_since < longest_speech)
    return;
  for (const auto& key : session.deferred)
    if (std::find(session.seeds.begin(), session.seeds.end(), key)
        == session.seeds.end())
      wrong("a session was never told: " + key);
}

void call_check::on_caller_frame(session_view& s, std::uint32_t number) {
  if (s.last && number <= *s.last)
    wrong("caller frame " + std::to_string(number) + " comes after "
          + std::to_string(*s.last));
  auto arrived_since = [this](std::uint32_t first) {
    return std::count_if(
      frames_.begin() + std::min<std::ptrdiff_t>(first, std::ssize(frames_)),
      frames_.end(), [](const caller_frame& x) { return x.arrived; });
  };
  if (!s.last && arrived_since(number) > max_again)
    wrong("caller frame " + std::to_string(number) + " is given again after "
          + std::to_string(arrived_since(number)) + " others");
  s.last = number;
  if (number >= frames_.size() || !frames_[number].was_sent) {
    wrong("caller frame " + std::to_string(number) + " was never sent");
    return;
  }
  if (std::exchange(frames_[number].arrived, true))
    ++given_again_;
  else
    ++arrived_;
}

void call_check::on_caller_audio(std::uint32_t session, std::string_view text) {
  auto& s = view(session);
  if (!s.updated)
    wrong("audio before session.updated");
  auto audio = protocol::base64::decode(field(text, R"("audio":")"));
  if (s.replaced) {
    if (!audio || watched_ != place::at_the_gateway)
      return; // It was on its way when the gateway had gone on to another.
    s.audio.read(*audio, [&](std::uint32_t number) {
      if (!s.last_before || number > *s.last_before)
        wrong("two sessions have the caller's audio");
    });
    return;
  }
  if (!s.talks) {
    begins_to_talk(session);
    // A turn is given again from where it was told to begin.
    s.audio.restart(/* within = */ true);
  }
  auto error = !audio ? "no base64" : s.audio.read(*audio, [&](auto number) {
    on_caller_frame(s, number);
  });
  if (!error.empty())
    wrong("to the model: " + error);
}

void call_check::to_model(std::uint32_t session, std::string_view text) {
  auto& s = view(session);
  auto type = type_of(text);
  trace("> ", session, text);
  if (type == "input_audio_buffer.append")
    return on_caller_audio(session, text);
  if (s.replaced)
    return; // It was on its way when the gateway had gone on to another.
  if (type == "response.cancel") {
    // A bridge that did not see it begin cannot wait for its end.
    if (s.succeeding)
      s.active.clear();
  } else if (type == "response.create") {
    if (!s.active.empty() && watched_ == place::at_the_gateway)
      wrong("a response is asked for while one is active");
  } else if (type == "conversation.item.create") {
    rapidjson::Document event;
    event.Parse(text.data(), text.size());
    if (event.HasParseError() || !event.IsObject()
        || !event.HasMember("item")) {
      wrong("an item that is no JSON");
      return;
    }
    const auto& item = event["item"];
    auto role = text_at(item, "role");
    if (item.IsObject() && item.HasMember("content")
        && item["content"].IsArray() && !item["content"].Empty())
      seeded(session, role, text_at(item["content"][0], "text"));
  }
}

void call_check::seeded(std::uint32_t session, std::string_view role,
                        const std::string& text) {
  auto& to = view(session);
  auto key = key_of(text);
  if (key.empty())
    return; // A remark of the gateway's own.
  auto place = places_.find(key);
  if (place == places_.end()) {
    wrong("told what was never said: " + key);
    return;
  }
  if (origins_[key] == session)
    wrong("told what it has said itself: " + key);
  else if (to.talks && (!to.held_from || place->second < *to.held_from))
    wrong("told what was said, having the conversation: " + key);
  for (const auto& before : to.seeds) {
    if (before == key)
      wrong("told twice: " + key);
    else if (places_[before] > place->second)
      wrong("told out of order: " + key + " after " + before);
  }
  to.seeds.push_back(key);
  auto number = number_of(key);
  if (role == "user") {
    if (text != to_words("caller", number) + " please")
      wrong("told other words than the caller's: " + key);
    return;
  }
  auto untroubled = watched_ == place::at_the_gateway && !stream_fails_since_
                    && made_.at(number) > troubled_until_ + moment;
  if (untroubled && !reached_.contains(number))
    wrong("told what nobody heard: " + key);
  auto all = agent_words(number);
  if (!all.starts_with(text))
    wrong("told other words than the agent's: " + key);
  else if (to.owed.contains(key) && text != all)
    wrong("told less than was heard: " + key);
}

void call_check::check_error(std::string_view text) {
  // Two that cross on the way are nobody's mistake; ours say `torture`.
  static constexpr std::array<std::string_view, 3> crossing{
    R"("code":"response_cancel_not_active")",
    R"("code":"conversation_already_has_active_response")", "torture"};
  for (auto x : crossing)
    if (text.find(x) != text.npos)
      return;
  // By a clock that has jumped nobody knows when to roll over.
  if (plan_.session_age_s > 0
      && text.find(R"("code":"session_expired")") != text.npos)
    return;
  wrong("the model's server refuses: " + std::string{text.substr(0, 300)});
}

void call_check::to_gateway(std::uint32_t session, std::string_view text) {
  auto& s = view(session);
  auto type = type_of(text);
  trace("< ", session, text);
  if (type == "response.output_audio.delta")
    return;
  if (type == "error")
    return check_error(text);
  rapidjson::Document event;
  event.Parse(text.data(), text.size());
  if (event.HasParseError() || !event.IsObject())
    return;
  auto known = [&](const std::string& id) {
    return std::to_string(session) + ' ' + id;
  };
  auto response_id = [&] {
    return event.HasMember("response") ? text_at(event["response"], "id")
                                       : std::string{};
  };
  if (type == "session.updated") {
    s.updated = true;
    s.updated_at = now_;
    s.vain_before = dials_in_vain_;
    if (watched_ == place::at_the_gateway)
      was_not_in_vain(s);
    s.owed.clear();
    for (const auto& [key, when] : transcribed_)
      s.owed.insert(key);
    if (watched_ == place::at_the_peers)
      return;
    for (const auto& [utterance, when] : known_whole_) {
      auto key = key_of(agent_words(utterance));
      if (places_.contains(key))
        s.owed.insert(key);
    }
  } else if (type == "response.created") {
    s.active.insert(response_id());
  } else if (type == "response.done") {
    s.active.erase(response_id());
  } else if (type == "conversation.item.added" && event.HasMember("item")) {
    auto id = text_at(event["item"], "id");
    if (!is_of_ours(id) && !id.empty() && !known_items_.contains(known(id))) {
      // Which it is, its words will say; where it stands, this says.
      known_items_[known(id)] = "";
      places_.emplace(known(id), places_.size());
    }
  } else if (type == "conversation.item.input_audio_transcription.completed") {
    auto key = key_of(text_at(event, "transcript"));
    auto place = places_.find(known(text_at(event, "item_id")));
    if (!key.empty() && place != places_.end()) {
      places_[key] = place->second;
      origins_[key] = session;
      if (!s.doubtful && now_ >= s.doubtful_until)
        transcribed_.emplace(key, now_);
    }
  } else if (type == "response.output_audio_transcript.delta") {
    auto id = text_at(event, "item_id");
    auto& words = s.words[id];
    words += text_at(event, "delta");
    auto place = places_.find(known(id));
    if (auto key = key_of(words); !key.empty() && place != places_.end()) {
      places_[key] = place->second;
      origins_[key] = session;
    }
  }
}

void call_check::wire_fails(std::uint32_t session,
                            std::optional<time_point> until) {
  if (watched_ == place::at_the_gateway)
    return;
  auto& s = view(session);
  if (until)
    s.doubtful_until = std::max(s.doubtful_until, *until);
  else
    s.doubtful = true;
  std::erase_if(transcribed_, [this](const auto& x) {
    return now_ - x.second < longest_way;
  });
}

bool call_check::talks_to_nobody() const {
  return std::none_of(sessions_.begin(), sessions_.end(),
                      [](const auto& x) { return x.second.talks; });
}

void call_check::session_over(std::uint32_t session) {
  auto& s = view(session);
  if (s.talks)
    check_deferred(s);
  s.talks = false;
  if (s.updated && !s.replaced && talks_to_nobody()
      && (!gap_began_ || lasts(s)))
    gap_began_ = now_;
  s.active.clear();
  s.words.clear();
  if (!nobody_since_ && talks_to_nobody())
    nobody_since_ = now_;
}

void call_check::may_lose(time_point from, time_point until) {
  excused_.push_back({from, until});
}

void call_check::bridge_failed() {
  bridge_failures_.push_back(now_);
  // What it had heard a moment ago it cannot give to another session; and what
  // waited for one is gone.
  may_lose(nobody_since_.value_or(now_) - moment,
           now_ + std::chrono::milliseconds{400} + moment);
  for (auto& [number, x] : sessions_)
    x.succeeding = true;
}

} // namespace offhook::torture
