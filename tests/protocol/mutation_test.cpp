#define CAF_SUITE protocol.mutation

#include "corpus.hpp"

#include "protocol/base64.hpp"
#include "protocol/form.hpp"
#include "protocol/openai.hpp"
#include "protocol/twilio.hpp"
#include "protocol/twiml.hpp"
#include "protocol/utf8.hpp"

#include "caf/test/dsl.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace offhook;
using namespace offhook::protocol;
using namespace offhook::tests;

namespace {

/// The same numbers in every run, so that what fails once fails again.
class generator {
public:
  explicit generator(std::uint64_t seed) : state_(seed) {
  }

  /// From 0 to `bound` - 1.
  std::size_t below(std::size_t bound) {
    // The constants of Marsaglia's xorshift64*.
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return (state_ * 0x2545'F491'4F6C'DD1Dull >> 32) % bound;
  }

private:
  std::uint64_t state_;
};

/// Applies one to eight edits, some of bytes that mean something to a parser.
std::string mutated(generator& random, std::string text,
                    const std::string& other) {
  using namespace std::string_view_literals;
  constexpr auto telling
    = "{}[]\",:\\/=%&+-.0123456789eEnu\n\xFF\x80\xC3\xED\0"sv;
  for (auto edits = 1 + random.below(8); edits > 0; --edits) {
    const auto pos = random.below(text.size() + 1);
    const auto from = random.below(other.size());
    switch (random.below(6)) {
      case 0:
        if (pos < text.size())
          text[pos] = static_cast<char>(random.below(256));
        break;
      case 1:
        text.insert(pos, 1, telling[random.below(telling.size())]);
        break;
      case 2:
        text.erase(pos, 1 + random.below(16));
        break;
      case 3:
        text.insert(pos, other.substr(from, random.below(64)));
        break;
      case 4:
        text.replace(pos, random.below(32), other.substr(from, 32));
        break;
      default:
        if (pos < text.size())
          text[pos] = telling[random.below(telling.size())];
    }
  }
  return text;
}

/// Whether an error says what errors may say: a known code, and a path of our
/// own words, not of the peer's.
bool is_sane(const parse_error& x) {
  constexpr std::string_view words
    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.";
  return to_string(x.code) != "unknown" && x.where.size() < 64
         && x.where.find_first_not_of(words) == x.where.npos;
}

bool is_sane(const twilio::frame& x) {
  const auto* unknown = std::get_if<stream_unknown>(&x.body);
  const auto* start = std::get_if<stream_start>(&x.body);
  return x.stream_sid.size() <= 64 && utf8::is_valid(x.stream_sid)
         && (unknown == nullptr
             || (unknown->event.size() <= 64 && utf8::is_valid(unknown->event)))
         && (start == nullptr || start->custom_parameters.size() <= 64);
}

bool is_sane(const openai::event& x) {
  if (const auto* unhandled = std::get_if<openai::unhandled>(&x))
    return unhandled->type.size() <= 96 && utf8::is_valid(unhandled->type);
  if (const auto* delta = std::get_if<openai::transcript_delta>(&x))
    return delta->text.size() <= 65'536 && utf8::is_valid(delta->text);
  return true;
}

template <class T>
bool is_sane(const result<T>& x) {
  return x ? is_sane(*x) : is_sane(x.error());
}

struct fixture {
  fixture() {
    for (auto name : {"twilio-session.jsonl", "openai-session.jsonl"})
      for (auto& line : load_corpus(name))
        lines.push_back(std::move(line.frame));
  }

  const std::string& any_line() {
    return lines[random.below(lines.size())];
  }

  std::vector<std::string> lines;
  generator random{0x0FF4'00C5};
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(mutation_tests, fixture)

CAF_TEST(mutated frames are read or refused in our own words) {
  tally checks;
  std::size_t read = 0;
  std::size_t refused = 0;
  for (int i = 0; i < 30'000; ++i) {
    const auto text = mutated(random, any_line(), any_line());
    const auto a = twilio::parse(text);
    const auto b = openai::parse(text);
    checks.note(is_sane(a), text);
    checks.note(is_sane(b), text);
    ++(a || b ? read : refused);
  }
  CAF_CHECK_EQUAL(checks.text(), "");
  // Both happen, or the edits are too tame or too wild to find anything.
  CAF_CHECK_GREATER(read, 500u);
  CAF_CHECK_GREATER(refused, 10'000u);
}

CAF_TEST(base64 that is accepted is the only text of its bytes) {
  tally checks;
  std::size_t read = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string text = base64::encode(
      std::vector(random.below(12), static_cast<std::byte>(random.below(256))));
    text = mutated(random, text, "AZaz09+/==-_");
    const auto got = base64::decode(text);
    if (!got)
      continue;
    ++read;
    // Up to the padding, which may be missing.
    const auto canonical = base64::encode(*got);
    checks.note(canonical.starts_with(text)
                  && canonical.find_first_not_of('=', text.size())
                       == canonical.npos,
                text);
  }
  CAF_CHECK_EQUAL(checks.text(), "");
  CAF_CHECK_GREATER(read, 1000u);
}

CAF_TEST(a form that is accepted survives being written) {
  const std::string seed
    = "CallSid=CA00&From=%2B15017122661&Digits=12%23&E=a+b";
  tally checks;
  std::size_t read = 0;
  for (int i = 0; i < 30'000; ++i) {
    const auto text = mutated(random, seed, any_line());
    const auto got = form::parse(text);
    if (!got)
      continue;
    ++read;
    checks.note(got->size() <= 256, text);
    checks.note(form::parse(form::to_text(*got)) == got, text);
  }
  CAF_CHECK_EQUAL(checks.text(), "");
  CAF_CHECK_GREATER(read, 1000u);
}

CAF_TEST(whatever is put into our frames comes back as text) {
  tally checks;
  for (int i = 0; i < 10'000; ++i) {
    const auto name
      = mutated(random, "g2:item_a:400", any_line()).substr(0, 42);
    const auto got = twilio::parse(twilio::mark("MZ1", name));
    const auto* mark = got ? std::get_if<stream_mark>(&got->body) : nullptr;
    checks.note(mark != nullptr && mark->name == utf8::repaired(name), name);
    checks.note(utf8::is_valid(twiml::document({twiml::say(name)})), name);
  }
  CAF_CHECK_EQUAL(checks.text(), "");
}

CAF_TEST_FIXTURE_SCOPE_END()
