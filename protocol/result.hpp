#pragma once

#include <utility>
#include <variant>

#include "protocol/errc.hpp"

namespace offhook::protocol {

/// A value, or why there is none. What `std::expected` will be in C++23.
template <class T>
class result {
public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {
  }

  result(parse_error error) : state_(std::in_place_index<1>, std::move(error)) {
  }

  explicit operator bool() const noexcept {
    return state_.index() == 0;
  }

  /// @pre `*this` holds a value.
  T& operator*() {
    return *std::get_if<0>(&state_);
  }

  const T& operator*() const {
    return *std::get_if<0>(&state_);
  }

  T* operator->() {
    return std::get_if<0>(&state_);
  }

  const T* operator->() const {
    return std::get_if<0>(&state_);
  }

  /// @pre `*this` holds an error.
  const parse_error& error() const {
    return *std::get_if<1>(&state_);
  }

private:
  std::variant<T, parse_error> state_;
};

} // namespace offhook::protocol
