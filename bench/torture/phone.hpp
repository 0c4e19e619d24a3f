#pragma once

#include <cstdint>
#include <string>

#include "app/standins/call_flow.hpp"
#include "app/standins/phone_call.hpp"
#include "bench/torture/plan.hpp"

namespace offhook::torture {

/// What Twilio knows of a call.
/// @param origin the gateway's, such as `http://127.0.0.1:5050`
/// @param slot whose agent it wants
app::standins::call_settings settings_of(const std::string& origin,
                                         const call_plan& plan,
                                         std::uint32_t slot);

/// Nobody is at the phone, and nothing is recorded: the caller is counted
/// audio.
app::standins::phone_call::options no_person();

} // namespace offhook::torture
