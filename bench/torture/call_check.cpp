// What is said, and what passes on the stream.

#include "bench/torture/call_check.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "actors/dead_air.hpp"
#include "app/sounds.hpp"
#include "bench/torture/counted_words.hpp"
#include "protocol/g711.hpp"

namespace offhook::torture {

namespace {

constexpr std::size_t max_broken = 20;
constexpr unsigned utterance_shift = 10; // Of a frame's number: below, in it.
constexpr std::uint32_t frame_mask = (1u << utterance_shift) - 1;

// A stream that lasted so long gives the gateway's attempts back.
constexpr std::chrono::seconds steady_stream{30};

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
                       std::string_view text) {
  constexpr std::size_t longest = 300;
  constexpr std::size_t kept = 400;
  auto remembers = remembers_ && broken_.empty();
  if (!trace_ && !remembers)
    return;
  auto type = type_of(text);
  // Much of it, and it says little.
  for (auto x : {"input_audio_buffer.append", "response.output_audio.delta",
                 "session.updated", "session.created", "session.update",
                 "torture.flood"})
    if (type == x)
      return;
  auto line = std::to_string(passed_ms()) + " ms: " + std::string{way}
              + std::to_string(session) + ' '
              + std::string{text.substr(0, longest)};
  if (trace_)
    *trace_ << line << '\n';
  if (!remembers)
    return;
  last_words_.push_back(std::move(line));
  if (last_words_.size() > kept)
    last_words_.pop_front();
}

std::int64_t call_check::passed_ms() const {
  return began_ ? std::chrono::duration_cast<std::chrono::milliseconds>(
                    now_ - *began_)
                    .count()
                : -1;
}

} // namespace offhook::torture
