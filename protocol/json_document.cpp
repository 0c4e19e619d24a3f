#include "protocol/json.hpp"

#include "protocol/rapidjson.hpp"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

namespace offhook::protocol::json {

namespace {

using pool = rj::MemoryPoolAllocator<>;
using dom = rj::GenericDocument<rj::UTF8<>, pool, pool>;
using reader = rj::GenericReader<rj::UTF8<>, rj::UTF8<>, pool>;

/// Text behind the end that vector instructions may look at.
constexpr std::size_t padding = 32;

/// A thread keeps its text buffer up to this size; larger ones are rare.
constexpr std::size_t kept_text = 256 * 1024;

/// Memory for the documents of one thread: no allocation for a usual frame.
struct memory {
  std::vector<char> text;
  alignas(16) std::byte values[32 * 1024];
  alignas(16) std::byte value_stack[16 * 1024];
  alignas(16) std::byte reader_stack[4 * 1024];
};

memory& thread_memory() {
  thread_local auto instance = std::make_unique<memory>();
  return *instance;
}

/// Passes the reader's events on to the document, within the bounds.
class bounded_handler {
public:
  explicit bounded_handler(dom& doc) : doc_(doc) {
  }

  bool too_many() const {
    return values_ > max_values;
  }

  bool Null() {
    return count() && doc_.Null();
  }
  bool Bool(bool x) {
    return count() && doc_.Bool(x);
  }
  // A number comes as its text: RapidJSON 1.1 adds the exponent to the count of
  // fraction digits without a look at the range, and then reads a table of
  // powers far beyond its end.
  bool RawNumber(const char* text, rj::SizeType size, bool) {
    if (!count())
      return false;
    const auto* const end = text + size;
    std::uint64_t whole = 0;
    if (const auto [rest, ec] = std::from_chars(text, end, whole);
        rest == end && ec == std::errc{})
      return doc_.Uint64(whole);
    double real = 0;
    if (const auto [rest, ec] = std::from_chars(text, end, real);
        rest != end || ec != std::errc{})
      real = std::numeric_limits<double>::quiet_NaN(); // Out of every range.
    // -3, and what some languages write for it: -3.0.
    constexpr auto safe = static_cast<double>(max_safe_integer);
    if (real >= -safe && real <= safe && real == std::trunc(real))
      return doc_.Int64(static_cast<std::int64_t>(real));
    return doc_.Double(real);
  }
  bool Int(int) {
    return false; // None of these with the flag that we set.
  }
  bool Uint(unsigned) {
    return false;
  }
  bool Int64(std::int64_t) {
    return false;
  }
  bool Uint64(std::uint64_t) {
    return false;
  }
  bool Double(double) {
    return false;
  }
  bool String(const char* text, rj::SizeType size, bool copy) {
    return count() && doc_.String(text, size, copy);
  }
  bool Key(const char* text, rj::SizeType size, bool copy) {
    return doc_.Key(text, size, copy);
  }
  bool StartObject() {
    return count() && ++depth_ <= max_depth && doc_.StartObject();
  }
  bool EndObject(rj::SizeType size) {
    --depth_;
    return doc_.EndObject(size);
  }
  bool StartArray() {
    return count() && ++depth_ <= max_depth && doc_.StartArray();
  }
  bool EndArray(rj::SizeType size) {
    --depth_;
    return doc_.EndArray(size);
  }

private:
  bool count() {
    return ++values_ <= max_values;
  }

  dom& doc_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
};

} // namespace

std::optional<parse_error> document::visit(std::string_view text, callback f,
                                           void* state) {
  // RapidJSON would take a zero byte for the end of the text.
  if (text.empty() || std::memchr(text.data(), '\0', text.size()) != nullptr)
    return parse_error{errc::not_json, {}};
  auto& mem = thread_memory();
  if (mem.text.size() < text.size() + padding)
    mem.text.resize(text.size() + padding);
  std::memcpy(mem.text.data(), text.data(), text.size());
  std::memset(mem.text.data() + text.size(), 0, padding);
  std::optional<parse_error> error;
  {
    pool values{mem.values, sizeof(mem.values)};
    pool value_stack{mem.value_stack, sizeof(mem.value_stack)};
    pool reader_stack{mem.reader_stack, sizeof(mem.reader_stack)};
    dom doc{&values, 1024, &value_stack};
    rj::ParseResult outcome;
    bool too_many = false;
    auto generate = [&](dom& into) {
      constexpr unsigned flags = rj::kParseInsituFlag | rj::kParseIterativeFlag
                                 | rj::kParseNumbersAsStringsFlag;
      rj::InsituStringStream stream{mem.text.data()};
      reader source{&reader_stack, 1024};
      bounded_handler handler{into};
      outcome = source.Parse<flags>(stream, handler);
      too_many = handler.too_many();
      return !outcome.IsError();
    };
    doc.Populate(generate);
    if (outcome.Code() == rj::kParseErrorNumberTooBig)
      error = parse_error{errc::out_of_range, {}};
    else if (too_many)
      error = parse_error{errc::too_long, {}};
    else if (outcome.IsError())
      error = parse_error{errc::not_json, {}};
    else if (!doc.IsObject())
      error = parse_error{errc::not_an_object, {}};
    else
      f(state, object{static_cast<const rj::Value*>(&doc), {}, nullptr, error});
  }
  if (mem.text.size() > kept_text)
    std::vector<char>{}.swap(mem.text);
  return error;
}

} // namespace offhook::protocol::json
