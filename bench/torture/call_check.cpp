#include "bench/torture/call_check.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <rapidjson/document.h>

#include "actors/dead_air.hpp"
#include "app/sounds.hpp"
#include "protocol/base64.hpp"
#include "protocol/g711.hpp"

namespace offhook::torture {

namespace {

constexpr std::size_t max_broken = 20;
constexpr unsigned utterance_shift = 10; // Of a frame's number: below, in it.
constexpr std::uint32_t frame_mask = (1u << utterance_shift) - 1;

// The gateway's own bounds, as they are where nothing is configured.
constexpr std::uint32_t budget_attempts = 5;
constexpr std::chrono::seconds longest_gap{20};
constexpr std::uint32_t stream_attempts = 5;
constexpr std::chrono::seconds steady_stream{30};
constexpr std::size_t bridges_a_minute = 3;

// Caller audio that waits for a session is kept so long; and at most so many
// frames of what one had are given to the next.
constexpr std::chrono::seconds kept_waiting{9};
constexpr std::ptrdiff_t max_again = 10'400 / 20;

// How long something may be on its way at most, where no wire fails.
constexpr std::chrono::seconds longest_way{4};

// What passes in the moment of a fault may be lost with it.
constexpr std::chrono::milliseconds moment{50};

// Longer than anything can be heard that a session has to be told of.
constexpr std::chrono::seconds longest_speech{8};

/// What follows `key` up to the next quote: the frames hold no escapes there.
std::string_view field(std::string_view text, std::string_view key) {
  auto at = text.find(key);
  if (at == text.npos)
    return {};
  auto begin = at + key.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

std::string_view type_of(std::string_view text) {
  return field(text, R"("type":")");
}

std::string text_at(const rapidjson::Value& from, const char* name) {
  if (!from.IsObject())
    return {};
  auto at = from.FindMember(name);
  return at != from.MemberEnd() && at->value.IsString()
           ? std::string{at->value.GetString(), at->value.GetStringLength()}
           : std::string{};
}

constexpr std::size_t number_digits = 4; // So that half a number is none.

std::string to_words(std::string_view who, std::uint32_t number) {
  auto digits = std::to_string(number);
  return std::string{who} + " says "
         + std::string(number_digits - std::min(digits.size(), number_digits),
                       '0')
         + digits;
}

/// `agent 0017` of `agent says 0017 and so on`; empty where it is none of ours.
std::string key_of(std::string_view text) {
  constexpr std::string_view says = " says ";
  auto at = text.find(says);
  if (at == text.npos)
    return {};
  auto who = text.substr(0, at);
  auto rest = text.substr(at + says.size());
  auto digits = rest.substr(0, number_digits);
  if ((who != "agent" && who != "caller") || digits.size() < number_digits
      || digits.find_first_not_of("0123456789") != digits.npos)
    return {};
  return std::string{who} + ' ' + std::string{digits};
}

bool is_of_ours(std::string_view item_id) {
  return item_id.starts_with("offhook_");
}

/// Whether the audio is a part of a sound of the gateway's own, which may end
/// with silence.
bool is_sound_of_ours(std::span<const std::byte> audio) {
  static const std::array<std::span<const std::byte>, 4> known{
    actors::waiting_tone(), app::sound("outage-wait"),
    app::sound("outage-goodbye"), app::sound("outage-transfer")};
  while (!audio.empty() && audio.back() == protocol::g711::silence)
    audio = audio.first(audio.size() - 1);
  return std::any_of(known.begin(), known.end(), [audio](const auto& x) {
    return std::search(x.begin(), x.end(), audio.begin(), audio.end())
           != x.end();
  });
}

std::uint32_t number_of(const std::string& key) {
  return static_cast<std::uint32_t>(std::stoul(key.substr(key.find(' ') + 1)));
}

} // namespace

call_check::call_check(call_plan plan, place watched)
  : plan_(std::move(plan)),
    watched_(watched),
    line_(plan_.call),
    ear_(plan_.call) {
}

void call_check::wrong(const std::string& what) {
  if (broken_.size() >= max_broken)
    return;
  broken_.push_back(std::to_string(passed_ms()) + " ms: " + what);
  if (trace_)
    *trace_ << "BROKEN " << broken_.back() << '\n';
}

// -- what is said -------------------------------------------------------------

std::uint32_t call_check::agent_frames(std::uint32_t utterance) const {
  return 30 + (utterance * 2654435761u + plan_.call) % 80; // 0.6 to 2.2 s
}

std::string call_check::agent_words(std::uint32_t utterance) const {
  auto result = to_words("agent", utterance) + ' ';
  for (std::uint32_t i = 0; i < agent_frames(utterance) / 20; ++i)
    result += "and so on ";
  return result + "stop";
}

app::standins::agent_reply call_check::reply() {
  auto number = ++replies_;
  made_[number] = now_;
  // Of a call without faults each reply is heard; of others some are functions.
  if (!plan_.quiet && number % 5 == 0 && number != plan_.goodbye_at)
    return {{app::standins::called_function{"look_up", "{}"}}, {}, {}};
  app::standins::spoken_line line{agent_words(number), {}};
  for (std::uint32_t i = 0; i < agent_frames(number); ++i) {
    auto frame = counted_frame(salt(), (number << utterance_shift) | i, true);
    line.audio.insert(line.audio.end(), frame.begin(), frame.end());
  }
  if (number == plan_.goodbye_at)
    return {{std::move(line), app::standins::called_function{"end_call", "{}"}},
            {},
            {}};
  return {{std::move(line)}, {}, {}};
}

std::string call_check::caller_words() {
  return to_words("caller", ++caller_turns_) + " please";
}

// -- the stream ---------------------------------------------------------------

void call_check::stream_opened() {
  if (stream_fails_since_)
    troubled_until_ = std::max(troubled_until_, now_);
  if (!began_)
    began_ = nobody_since_ = now_;
  if (stream_fails_since_)
    may_lose(*std::exchange(stream_fails_since_, std::nullopt), now_ + moment);
  stream_opened_ = now_;
  line_.restart();
  ear_.restart();
}

void call_check::stream_fails(std::optional<time_point> until) {
  troubled_until_ = std::max(troubled_until_, until.value_or(now_));
  // What was heard is known by marks, and those may be under way.
  std::erase_if(known_whole_, [this](const auto& x) {
    return now_ - x.second < longest_way;
  });
  if (until) {
    may_lose(now_ - moment, *until + moment);
    unconfirmed_until_ = std::max(unconfirmed_until_, *until + moment);
  } else if (!stream_fails_since_) {
    stream_fails_since_ = now_ - moment;
  }
}

void call_check::stream_lost() {
  stream_fails();
  if (stream_opened_ && now_ - *stream_opened_ >= steady_stream)
    streams_lost_ = 0;
  stream_opened_.reset();
  ++streams_lost_;
}

void call_check::caller_hangs_up(bool heard) {
  left_unheard_ = !heard || stream_fails_since_.has_value();
}

void call_check::caller_sent(std::uint32_t number) {
  last_sent_ = number;
  ++sent_;
  if (frames_.size() <= number)
    frames_.resize(number + 1);
  frames_[number] = {now_, true, false};
}

void call_check::to_caller(std::span<const std::byte> audio) {
  std::vector<std::uint32_t> numbers;
  auto before = line_;
  auto error = line_.read(audio, [&numbers](std::uint32_t number) {
    numbers.push_back(number);
  });
  // A sound that begins in the last bytes of its piece looks like a frame yet.
  if ((!error.empty() || line_.within_frame()) && is_sound_of_ours(audio)) {
    line_ = std::move(before);
    return;
  }
  for (auto number : numbers) {
    auto utterance = number >> utterance_shift;
    if (last_line_ && number <= *last_line_)
      wrong("agent frame " + std::to_string(number) + " comes after "
            + std::to_string(*last_line_));
    if (utterance == 0 || utterance > replies_)
      wrong("agent frame of an utterance that was never made: "
            + std::to_string(utterance));
    if (!cuts_.empty() && utterance <= cuts_.rbegin()->first)
      wrong("agent frame of utterance " + std::to_string(utterance)
            + " after a clear");
    last_line_ = number;
    reached_.insert(utterance);
  }
  if (!error.empty())
    wrong("to the caller: " + error);
}

void call_check::cleared() {
  if (last_line_)
    cuts_.emplace(*last_line_ >> utterance_shift, now_);
  ear_.restart(); // The clear fell into a frame.
}

void call_check::played(std::span<const std::byte> audio) {
  ear_.read(audio, [this](std::uint32_t number) {
    ++frames_heard_;
    auto utterance = number >> utterance_shift;
    if ((number & frame_mask) + 1 != agent_frames(utterance))
      return;
    whole_.insert(utterance);
    if (!stream_fails_since_ && now_ >= unconfirmed_until_)
      known_whole_.emplace(utterance, now_);
  });
}

void call_check::caller_found(const std::string& violation) {
  wrong("Twilio would refuse: " + violation);
}

void call_check::trace(std::string_view way, std::uint32_t session,
                       std::string_view text) const {
  constexpr std::size_t longest = 300;
  auto type = type_of(text);
  if (!trace_ || type == "input_audio_buffer.append"
      || type == "response.output_audio.delta"
      || (type == "session.updated" || type == "session.created"
          || type == "session.update" || type == "torture.flood"))
    return;
  *trace_ << passed_ms() << " ms: " << way << session << ' '
          << text.substr(0, longest) << '\n';
}

std::int64_t call_check::passed_ms() const {
  return began_ ? std::chrono::duration_cast<std::chrono::milliseconds>(
                    now_ - *began_)
                    .count()
                : -1;
}

// -- sessions -----------------------------------------------------------------

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
    dials_in_vain_ = 0;
    had_session_ = true;
    gap_began_.reset();
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
  if (s.updated && !s.replaced && !gap_began_ && talks_to_nobody())
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

// -- the end ------------------------------------------------------------------

void call_check::check_left_out() {
  if (stream_fails_since_)
    may_lose(*stream_fails_since_, now_);
  // The last are on their way as the caller hangs up.
  may_lose(nobody_since_.value_or(now_ - moment) - moment, now_);
  for (std::uint32_t i = 0; i < frames_.size(); ++i) {
    const auto& x = frames_[i];
    auto excused = std::any_of(excused_.begin(), excused_.end(),
                               [&x](const span_of_time& span) {
                                 return x.sent >= span.from
                                        && x.sent <= span.until;
                               });
    if (!x.was_sent || x.arrived || excused)
      continue;
    wrong("caller frame " + std::to_string(i) + " was left out");
    return; // One says it.
  }
}

void call_check::ended(actors::call_outcome as) {
  using actors::call_outcome;
  outcome_ = as;
  auto excused = plan_.excuses();
  excused.insert(call_outcome::completed);
  // The budget of restarts is spent by what need not end a call.
  auto first_dial = had_session_ ? 0u : 1u; // It is no restart.
  if (dials_in_vain_ >= budget_attempts + first_dial
      || (gap_began_ && now_ - *gap_began_ >= longest_gap))
    excused.insert(call_outcome::model_failed);
  if (streams_lost_ > stream_attempts || left_unheard_)
    excused.insert(call_outcome::stream_lost);
  for (auto i = bridge_failures_.begin(); i != bridge_failures_.end(); ++i)
    if (std::count_if(i, bridge_failures_.end(),
                      [i](time_point x) {
                        return x - *i <= std::chrono::minutes{1};
                      })
        > static_cast<std::ptrdiff_t>(bridges_a_minute))
      excused.insert(call_outcome::failed);
  if (!excused.contains(as))
    wrong("ended as " + to_string(as) + ", which its faults do not justify");
  for (auto& [number, x] : sessions_)
    if (x.talks)
      check_deferred(x);
  if (watched_ == place::at_the_gateway)
    check_left_out();
  using effect = fault_rule::effect;
  // Where a call ends while nothing passes, what waits is lost with it.
  auto light = plan_.first_dial_ms == 0 && plan_.session_age_s == 0
               && std::all_of(plan_.faults.begin(), plan_.faults.end(),
                              [](const fault& x) {
                                return rule_of(x.kind).what == effect::light
                                       && x.kind != fault_kind::model_stall
                                       && x.kind != fault_kind::stream_stall;
                              });
  // The last frames are on their way as the caller hangs up.
  const std::uint64_t under_way = watched_ == place::at_the_gateway ? 4 : 50;
  if (light && arrived_ + under_way < sent_)
    wrong("of " + std::to_string(sent_) + " caller frames "
          + std::to_string(arrived_) + " arrived");
  if (!plan_.quiet)
    return;
  if (dials_ != 1)
    wrong("a call without faults had " + std::to_string(dials_) + " sessions");
  for (std::uint32_t i = 1; i <= replies_; ++i)
    if (!whole_.contains(i))
      wrong("a call without faults did not hear utterance "
            + std::to_string(i));
  if (replies_ < plan_.talk.size())
    wrong("a call without faults had " + std::to_string(replies_)
          + " answers to " + std::to_string(plan_.talk.size()) + " turns");
}

} // namespace offhook::torture
