#pragma once

#include <cstddef>
#include <vector>

namespace offhook::bench {

/// @pre sorted, not empty
template <class T>
T quantile(const std::vector<T>& x, double q) {
  return x[static_cast<std::size_t>(static_cast<double>(x.size() - 1) * q)];
}

} // namespace offhook::bench
