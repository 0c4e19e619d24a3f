// What is accepted is the one text of its bytes, up to the padding.
#include "protocol/base64.hpp"

#include <cstddef>
#include <cstdint>

using namespace offhook::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto bytes = base64::decode(text))
    if (!base64::encode(*bytes).starts_with(text))
      __builtin_trap();
  return 0;
}
