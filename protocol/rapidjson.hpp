#pragma once

/// RapidJSON with the settings of this room; include it nowhere else.
///
/// The vector instructions are a setting of the whole library, and two settings
/// under one name would break the one definition rule: hence a namespace of our
/// own, which leaves everybody else's RapidJSON alone.
#ifdef RAPIDJSON_RAPIDJSON_H_
#  error "RapidJSON was included before, with other settings"
#endif
#define RAPIDJSON_NAMESPACE offhook_rapidjson
#ifdef __SSE2__
#  define RAPIDJSON_SSE2
#endif

#include <rapidjson/document.h>
#include <rapidjson/writer.h>

namespace offhook::protocol::json {

namespace rj = offhook_rapidjson;

} // namespace offhook::protocol::json
