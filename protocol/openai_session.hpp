#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/openai.hpp"
#include "protocol/openai_commands.hpp"

namespace offhook::protocol::openai {

/// Whether both directions carry G.711 mu-law: any other audio is noise to the
/// one side or the other.
bool is_telephony(const session_info& told);

/// Whether a function of an MCP server may be called, by the session's rule for
/// that server; nothing of a server that the session does not have.
bool approves(const session_config& asked, std::string_view server_label,
              std::string_view tool);

/// The fields of a session that the server confirmed otherwise than they were
/// asked for, by their path in `session`. What it does not say is no
/// difference: servers that imitate the API say less.
std::vector<std::string> differences(const session_config& asked,
                                     const session_info& told);

} // namespace offhook::protocol::openai
