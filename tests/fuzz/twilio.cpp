// Whatever Twilio, or somebody who pretends to be Twilio, may send.
#include "protocol/twilio.hpp"

#include <cstddef>
#include <cstdint>

using namespace offhook::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto got = twilio::parse({reinterpret_cast<const char*>(data), size});
  if (got) {
    if (got->stream_sid.size() > 64)
      __builtin_trap();
  } else if (to_string(got.error().code) == "unknown") {
    __builtin_trap();
  }
  return 0;
}
