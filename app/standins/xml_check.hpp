#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace offhook::app::standins {

/// Whether `text` is one well-formed XML element with no document type, as far
/// as Boost's reader does not check it itself: it takes wrong end tags, naked
/// `&` and repeated attributes, and it recurses for each level.
/// @returns why it is not, or nothing.
std::optional<std::string> find_xml_fault(std::string_view text,
                                          std::size_t max_depth);

} // namespace offhook::app::standins
