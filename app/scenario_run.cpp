#include "app/scenario_run.hpp"

#include <rapidjson/document.h>

#include "app/standins/demo_agent_json.hpp"

namespace offhook::app {

namespace json = standins::json;

gateway_report read_report(std::string_view call, std::string_view transcript) {
  gateway_report result;
  const auto info = json::parse(call);
  result.state = json::find_text(info, "state");
  result.outcome = json::find_text(info, "outcome");
  if (const auto* children = json::find(info, "children");
      children && children->IsArray())
    for (const auto& child : children->GetArray())
      if (const auto* n = json::find(child, "restarts"); n && n->IsUint64())
        result.restarts += n->GetUint64();
  const auto said = json::parse(transcript);
  if (const auto* entries = json::find(said, "entries");
      entries && entries->IsArray())
    for (const auto& x : entries->GetArray())
      result.transcript.push_back({std::string{json::find_text(x, "kind")},
                                   std::string{json::find_text(x, "text")},
                                   std::string{json::find_text(x, "unheard")}});
  return result;
}

} // namespace offhook::app
