// The part of the behaviour `tools` that asks servers of the operator's.

#include <utility>

#include <spdlog/spdlog.h>

#include "actors/behaviour_parts.hpp"
#include "actors/call_tools.hpp"
#include "actors/dead_air.hpp"
#include "actors/environment.hpp"
#include "actors/local_send.hpp"

namespace offhook::actors {

namespace {

// One call must not take all that the HTTP client does at once.
constexpr std::size_t max_runs = 16;

} // namespace

call_tools_state::~call_tools_state() {
  // For every kind of exit: nobody waits for them any more.
  for (const auto& [id, x] : exchanges)
    x->cancel();
}

void call_tools_state::on_event(const call_event& event) {
  auto now = self->clock().now();
  if (const auto* called = std::get_if<events::tool_called>(&event.what))
    on_call(called->call);
  else if (const auto* agent = std::get_if<events::agent_speech>(&event.what))
    runs.agent(agent->begins, now);
  else if (const auto* caller = std::get_if<events::caller_speech>(&event.what))
    runs.caller(caller->begins, now);
  else if (std::holds_alternative<events::interrupted>(event.what))
    for (const auto& x : runs.interrupt())
      give_up(x, tool_outcome::cancelled);
  watch();
}

void call_tools_state::run(const webhook_tool_ptr& tool,
                           const protocol::openai::function_call& call) {
  const auto& env = *context.env;
  auto now = self->clock().now();
  auto made = make_tool_request(
    *tool, {context.call_sid, context.from, context.to, context.agent->name},
    call, env.tool_secret, env.wall_clock());
  if (const auto* refusal = std::get_if<tool_result>(&made))
    return settle({call.call_id, tool, now}, *refusal);
  if (runs.size() >= max_runs)
    return settle({call.call_id, tool, now},
                  failed_tool(tool_outcome::unreachable), "too many at once");
  auto id = runs.begin(call.call_id, tool, now);
  std::shared_ptr<net::http_exchange> exchange;
  if (env.http)
    exchange = env.http(
      std::get<net::http_client_request>(std::move(made)),
      [actor = call_tools_base{self}, id](net::http_client_result result) {
        send_from_socket(actor, tool_answered{id, std::move(result)});
      });
  if (exchange)
    exchanges.emplace(id, std::move(exchange));
  else
    settle(*runs.finish(id), failed_tool(tool_outcome::unreachable));
}

void call_tools_state::on_answer(const tool_answered& answer) {
  exchanges.erase(answer.run);
  auto run = runs.finish(answer.run);
  if (!run) {
    context.env->metrics->late_tool_results->inc();
    return;
  }
  const auto* error = std::get_if<net::http_client_error>(&answer.result);
  settle(*run, read_tool_response(answer.result),
         error ? std::string_view{error->text} : std::string_view{});
  watch();
}

void call_tools_state::give_up(const tool_runs::numbered& run,
                               tool_outcome why) {
  if (auto x = exchanges.extract(run.first); !x.empty())
    x.mapped()->cancel();
  settle(run.second, failed_tool(why));
}

void call_tools_state::settle(const tool_runs::run& run,
                              const tool_result& result,
                              std::string_view detail) {
  // The caller who cut it short gets an answer for what they say.
  auto speaks = result.outcome != tool_outcome::cancelled;
  order(orders::answer_tool{run.call_id, result.output, speaks});
  context.env->metrics->tool_called(run.tool->name, to_string(result.outcome));
  auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
    self->clock().now() - run.began);
  spdlog::info("tool ends call_sid={} tool={} outcome={} ms={} detail=\"{}\"",
               context.call_sid, run.tool->name, to_string(result.outcome),
               took.count(), detail);
}

void call_tools_state::watch() {
  auto now = self->clock().now();
  for (const auto& x : runs.expire(now))
    give_up(x, tool_outcome::timeout);
  if (const auto* tool = runs.filler(now)) {
    context.env->metrics->tool_fillers->inc();
    auto tone = waiting_tone();
    if (tool->filler.empty())
      order(orders::mix_audio{{tone.begin(), tone.end()}});
    else
      order(orders::speak{tool->filler, "filler", true});
  }
  arm(self, timer, runs.next_time(), [this] { watch(); });
}

} // namespace offhook::actors
