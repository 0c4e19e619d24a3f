#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// `application/x-www-form-urlencoded`, as webhooks carry it.
namespace offhook::protocol::form {

/// Names and values in the order of the text, decoded, repeats kept.
using fields = std::vector<std::pair<std::string, std::string>>;

/// `+` is a space and `%XX` a byte; a `%` without two hex digits is malformed.
std::optional<std::string> url_decode(std::string_view text);

/// RFC 3986 unreserved characters stay, all others become `%XX`.
std::string url_encode(std::string_view text);

/// Reads at most `limit` fields. Empty segments (`a=1&&b=2`) are skipped.
/// @returns nothing where an escape is malformed or there are too many fields.
std::optional<fields> parse(std::string_view text, std::size_t limit = 256);

std::string to_text(const fields& xs);

/// The first value of `name`, or an empty view.
std::string_view get(const fields& xs, std::string_view name);

} // namespace offhook::protocol::form
