#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <caf/fwd.hpp>
#include <caf/is_error_code_enum.hpp>

namespace offhook::actors {

/// Why a call is not taken. CAF reads 0 as "no error".
enum class refusal : std::uint8_t {
  draining = 1, ///< No call is taken any more.
  calls,        ///< As many as there may be are there.
  rate,         ///< As many as may begin in a second have begun.
  memory,       ///< The process holds more than it may.
  lag,          ///< The loops are late: those who talk would hear it.
};

/// The spelling above; logs and metric labels rely on it.
std::string to_string(refusal x);
bool from_string(std::string_view in, refusal& out);
bool from_integer(std::uint8_t in, refusal& out);

/// Why a request to the registry failed, where that was a refusal.
std::optional<refusal> to_refusal(const caf::error& reason);

template <class Inspector>
bool inspect(Inspector& f, refusal& x) {
  auto get = [&x] { return static_cast<std::uint8_t>(x); };
  auto set = [&x](std::uint8_t n) { return from_integer(n, x); };
  return f.apply(get, set);
}

/// What the process carries, as measured last.
struct process_load {
  std::uint64_t resident_bytes = 0;
  std::chrono::milliseconds lag{0}; ///< how late the slowest loop is
};

/// Whether one more call is taken. A call that lives, or that another instance
/// has begun, is none. A plain class; the registry asks it.
class admission {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// 0: no limit.
  struct limits {
    std::uint32_t max_calls = 0;
    std::uint32_t starts_per_second = 0; ///< so many at once, too
    std::uint64_t max_resident_bytes = 0;
    std::chrono::milliseconds max_lag{0};
  };

  explicit admission(limits x) : limits_(x) {
  }

  /// Decides, and counts the start where the answer is yes.
  /// @param calls that live
  /// @returns why not; empty: it is taken
  std::optional<refusal> decide(time_point now, std::size_t calls,
                                const process_load& load);

  /// From now on none is taken. For good.
  void drain() noexcept {
    draining_ = true;
  }

  bool draining() const noexcept {
    return draining_;
  }

private:
  limits limits_;
  bool draining_ = false;
  double starts_ = 0; ///< that may still begin, at `counted_`
  std::optional<time_point> counted_;
};

} // namespace offhook::actors

CAF_ERROR_CODE_ENUM(offhook::actors::refusal)
