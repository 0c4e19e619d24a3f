#pragma once

#include "protocol/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// How this room reads JSON from peers: one pass of RapidJSON into memory that
/// each thread keeps, then fields by name with their bounds. Internal to
/// `protocol/` but for `has_safe_numbers`; nothing here throws or asserts on
/// any input.
namespace offhook::protocol::json {

/// Bounds of a document. What a peer sends has at most ten levels.
inline constexpr std::size_t max_depth = 64;
inline constexpr std::size_t max_values = 100'000;

/// What every JSON library can carry in a number without loss: 2^53 - 1.
inline constexpr std::uint64_t max_safe_integer = 9'007'199'254'740'991;

enum class need { optional, required };

/// An object of the document under `read`, or the absence of one. A field that
/// is wrong is noted once for the document (the first one stays) and read as if
/// it were absent, so that a reader needs no `if` after each field.
class object {
public:
  /// Whether there is an object here.
  bool present() const noexcept {
    return value_ != nullptr;
  }

  /// The RapidJSON value, for those in this room who hand it on.
  const void* raw() const noexcept {
    return value_;
  }

  /// The object `name`; where that is absent or `null`, so are its fields.
  object child(std::string_view name, need n = need::optional) const;

  /// The text of `name`, at most `limit` bytes of valid UTF-8.
  std::string string(std::string_view name, std::size_t limit,
                     need n = need::optional) const;

  /// As `string`, but cut at `limit` rather than refused: for people only.
  std::string prefix(std::string_view name, std::size_t limit,
                     need n = need::optional) const;

  /// The text of `name` as it stands, with no bound and unchecked.
  std::optional<std::string_view> view(std::string_view name,
                                       need n = need::optional) const;

  /// The whole number `name`, written as a number or as decimal digits in a
  /// string, from 0 to `max`.
  std::optional<std::uint64_t> number(std::string_view name,
                                      std::uint64_t max = max_safe_integer,
                                      need n = need::optional) const;

  /// As `number` and `string`, for what an event is worth no less without:
  /// where it is wrong or too long it is absent, and nothing is noted.
  std::optional<std::uint64_t> hint_number(std::string_view name) const;
  std::string hint(std::string_view name, std::size_t limit) const;
  std::optional<bool> hint_flag(std::string_view name) const;
  std::optional<double> hint_real(std::string_view name) const;

  /// The object `name`; where it is no object it is absent.
  object hint_child(std::string_view name) const;

  /// Calls `f(const object&)` for the objects in the list `name`, at most `max`
  /// of them; whatever else there is in it is passed over.
  template <class F>
  void each(std::string_view name, std::size_t max, F f) const {
    auto g = [](void* state, const object& x) { (*static_cast<F*>(state))(x); };
    each_impl(name, max, g, &f);
  }

  /// Whether `name` is there as an object.
  bool is_object(std::string_view name) const noexcept;

  /// The bounds that `strings` keeps to.
  struct list_limits {
    std::size_t entries;
    std::size_t name;
    std::size_t value;
  };

  /// Calls `f(name, value)` for each field of this object; all must be strings,
  /// `null` is left out.
  template <class F>
  void strings(const list_limits& limits, F f) const {
    auto g = [](void* state, std::string_view name, std::string_view value) {
      (*static_cast<F*>(state))(name, value);
    };
    strings_impl(limits, g, &f);
  }

  /// Notes that `name` (or this object, if empty) is wrong.
  void fail(errc code, std::string_view name = {}) const;

private:
  friend struct document;

  using string_callback = void (*)(void*, std::string_view, std::string_view);

  object(const void* value, std::string_view name, const object* parent,
         std::optional<parse_error>& error)
    : value_(value),
      name_(name),
      parent_(parent),
      error_(&error) {
  }

  void strings_impl(const list_limits& limits, string_callback f,
                    void* state) const;
  void each_impl(std::string_view name, std::size_t max,
                 void (*f)(void*, const object&), void* state) const;

  const void* value_; // a RapidJSON value, which this header need not know
  std::string_view name_;
  const object* parent_; // outlives this: readers descend within one scope
  std::optional<parse_error>* error_;
};

/// The parsed text; all of it is gone with the next one on this thread.
struct document {
  using callback = void (*)(void* state, const object& root);

  /// Calls `f` with the top object. @returns what is wrong, if anything
  static std::optional<parse_error> visit(std::string_view text, callback f,
                                          void* state);
};

/// Reads `text` with `f(const object& root)`, whose result is the value unless
/// something was noted as wrong. `f` may not call `read`.
template <class F>
auto read(std::string_view text, F f)
  -> result<std::invoke_result_t<F, const object&>> {
  using value_type = std::invoke_result_t<F, const object&>;
  struct state_type {
    F& f;
    std::optional<value_type> value;
  } state{f, std::nullopt};
  auto g = [](void* ptr, const object& root) {
    auto& st = *static_cast<state_type*>(ptr);
    st.value.emplace(st.f(root));
  };
  if (auto error = document::visit(text, g, &state))
    return std::move(*error);
  return std::move(*state.value);
}

/// Whether RapidJSON 1.1 can be given `text` where it converts numbers itself:
/// its sum of a long exponent and the fraction's digits overflows, and what it
/// reads then is not its own. For those who parse without `read`.
bool has_safe_numbers(std::string_view text) noexcept;

/// Appends `text` as a JSON string, quotes included. Bytes that are no UTF-8
/// become U+FFFD: a peer closes the whole connection over one such byte.
void append_quoted(std::string& out, std::string_view text);

} // namespace offhook::protocol::json
