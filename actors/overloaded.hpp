#pragma once

namespace offhook::actors {

/// One visitor made of several functions, for `std::visit`.
template <class... Fs>
struct overloaded : Fs... {
  using Fs::operator()...;
};

template <class... Fs>
overloaded(Fs...) -> overloaded<Fs...>;

} // namespace offhook::actors
