// Whatever a Realtime server may send.
#include "protocol/openai.hpp"

#include <cstddef>
#include <cstdint>

using namespace offhook::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto got = openai::parse({reinterpret_cast<const char*>(data), size});
  if (got) {
    const auto* unhandled = std::get_if<openai::unhandled>(&*got);
    if (unhandled != nullptr && unhandled->type.size() > 96)
      __builtin_trap();
  } else if (to_string(got.error().code) == "unknown") {
    __builtin_trap();
  }
  return 0;
}
