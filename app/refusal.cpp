#include "app/refusal.hpp"

namespace form = offhook::protocol::form;
namespace twiml = offhook::protocol::twiml;

namespace offhook::app {

std::vector<twiml::element> refuse(const refusal_rules& rules,
                                   const refused_call& call) {
  using way = refusal_rules::way;
  std::string to;
  if (call.draining && !rules.heir.empty())
    to = rules.heir;
  else if (rules.with == way::redirect)
    to = rules.other;
  // Two that are full would send it to and fro.
  if (!to.empty() && !call.redirected) {
    auto query = call.query;
    query.emplace_back(redirected_field, "1");
    return {twiml::redirect(to + "/incoming-call?" + form::to_text(query))};
  }
  if (rules.with != way::say && !call.answered)
    return {twiml::reject("busy")};
  if (rules.sentence.empty())
    return {twiml::hangup()};
  return {twiml::say(rules.sentence), twiml::hangup()};
}

} // namespace offhook::app
