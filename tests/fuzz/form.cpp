// What is accepted as a form survives being written and read again.
#include "protocol/form.hpp"

#include <cstddef>
#include <cstdint>

using namespace offhook::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto got = form::parse({reinterpret_cast<const char*>(data), size});
  if (got && form::parse(form::to_text(*got)) != got)
    __builtin_trap();
  return 0;
}
