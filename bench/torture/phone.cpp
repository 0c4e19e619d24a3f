#include "bench/torture/phone.hpp"

namespace standins = offhook::app::standins;

namespace offhook::torture {

namespace {

std::string padded(std::uint32_t number, std::size_t size) {
  auto digits = std::to_string(number);
  return std::string(size - digits.size(), '0') + digits;
}

} // namespace

standins::call_settings settings_of(const std::string& origin,
                                    const call_plan& plan, std::uint32_t slot) {
  standins::call_settings result;
  result.url = origin + "/incoming-call?agent=slot" + std::to_string(slot);
  result.call_sid = "CA" + padded(plan.call, 32);
  result.from = "+1555" + padded(plan.call % 10'000'000, 7);
  result.speech_factor = 0;
  return result;
}

standins::phone_call::options no_person() {
  standins::phone_call::options result;
  result.record = false;
  return result;
}

} // namespace offhook::torture
