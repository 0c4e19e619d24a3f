#include "actors/call_registry.hpp"

#include <algorithm>

#include <caf/sec.hpp>
#include <spdlog/spdlog.h>

#include "actors/call_supervisor.hpp"

namespace offhook::actors {

namespace {

constexpr std::size_t max_remembered = 4096;
constexpr std::size_t max_documents = 256;

/// Of a call that ended. Who was connected has spoken to somebody, whatever
/// became of us meanwhile; who was not still waits, whatever we took it for.
next_step step_after(const call_info& info, const ask_next_step& asked) {
  return {asked.dial_status.empty()
            ? says_failure(info.outcome) && !info.failure_told
            : !asked.caller_gone && !was_connected(asked.dial_status)};
}

} // namespace

call_registry_state::call_registry_state(call_registry_actor::pointer self,
                                         environment_ptr env)
  : self(self),
    env(std::move(env)),
    per_shard(this->env->pacers.size()),
    entry(this->env->admission_limits) {
}

call_registry_actor::behavior_type call_registry_state::make_behavior() {
  self->set_down_handler([this](caf::down_msg& msg) { on_down(msg); });
  return {
    [this](admit_call& x) { return admit(x); },
    [this](locate_call& x) -> caf::result<call_home> {
      // Only a webhook brings a call back: a token outlives its call, and a
      // stream that shows it again must not begin another.
      if (!calls.contains(x.call_sid) && ended.contains(x.call_sid))
        return caf::make_error(caf::sec::no_such_key, "this call is over");
      // Another instance answered the webhook: the parameters say the rest.
      auto said = [&x](const char* name) {
        auto at = x.parameters.find(name);
        return at == x.parameters.end() ? std::string{} : at->second;
      };
      admit_call call{
        std::move(x.call_sid), said("from"), said("to"), said("agent"), {}};
      call.parameters = std::move(x.parameters);
      return home_of(std::move(call), x.shard_hint);
    },
    [this](const ask_next_step& x) { return step_of(x); },
    [this](list_calls) {
      call_list result;
      for (const auto& [sid, call] : calls)
        result.calls.push_back(call.info);
      std::sort(result.calls.begin(), result.calls.end(),
                [](const call_info& a, const call_info& b) {
                  return std::tie(a.started_at, a.call_sid)
                         < std::tie(b.started_at, b.call_sid);
                });
      return result;
    },
    [this](const find_call& x) { return find(x.call_sid); },
    [this](const get_document& x) { return document(x.call_sid); },
    [this](call_changed& x) {
      auto at = calls.find(x.info.call_sid);
      if (at == calls.end())
        return;
      owe_last_word(x.info);
      at->second.info = std::move(x.info);
    },
    [this](const end_call& x, const std::string& sid) -> caf::result<void> {
      auto at = calls.find(sid);
      if (at == calls.end())
        return caf::make_error(caf::sec::no_such_key);
      self->send(at->second.supervisor, x);
      return caf::unit;
    },
    [this](drain_calls) { return drain(); },
    [this](const claim_call& x) { return claim(x); },
    [this](shut_down) -> caf::result<void> {
      closed = true;
      entry.drain();
      stop_waiting(); // A drain waits no longer.
      for (auto& [sid, call] : calls) {
        // A caller on the line hears a sentence, if Twilio may still ask.
        if (call.info.state == call_state::talking
            || call.info.state == call_state::away
            || call.info.state == call_state::reattaching)
          owed.insert(sid);
        self->send(call.supervisor, end_call{call_outcome::shutdown});
      }
      auto promise = self->make_response_promise<void>();
      waiting.push_back(promise);
      settle();
      return promise;
    },
  };
}

std::uint32_t call_registry_state::least_loaded() const {
  auto at = std::min_element(per_shard.begin(), per_shard.end());
  return static_cast<std::uint32_t>(at - per_shard.begin());
}

caf::result<call_home> call_registry_state::admit(admit_call& call) {
  auto at = calls.find(call.call_sid);
  if (at == calls.end()
      || (!call.retry_token.empty()
          && call.retry_token == at->second.retry_token))
    return home_of(std::move(call), least_loaded());
  // Another webhook of the same call: its document is another one, and of two
  // streams one is older.
  auto promise = self->make_response_promise<call_home>();
  call_home home{at->second.supervisor, at->second.shard};
  self->request(home.supervisor, std::chrono::seconds{2}, number_stream{})
    .then(
      [promise, home](std::uint32_t number) mutable {
        home.attempt = number;
        promise.deliver(std::move(home));
      },
      [promise](const caf::error& why) mutable { promise.deliver(why); });
  return promise;
}

caf::result<call_home> call_registry_state::home_of(admit_call call,
                                                    std::uint32_t shard) {
  if (auto at = calls.find(call.call_sid); at != calls.end())
    return call_home{at->second.supervisor, at->second.shard};
  // The webhook that began a call is tried again, and its call is over.
  if (auto past = ended.find(call.call_sid);
      past != ended.end() && !call.retry_token.empty()
      && past->second.retry_token == call.retry_token)
    return caf::make_error(caf::sec::no_such_key, "this call is over");
  if (auto why = refusal_of(call)) {
    env->metrics->call_refused(*why);
    return caf::make_error(*why);
  }
  shard %= static_cast<std::uint32_t>(per_shard.size());
  auto sid = call.call_sid;
  auto retry_token = call.retry_token;
  caf::actor_config config{env->unit(shard)};
  auto record = std::make_shared<call_record>();
  record->call_sid = sid;
  record->usage.use_model(env->model);
  if (call.past)
    restore(*record, *call.past);
  auto supervisor
    = self->system().spawn_class<call_supervisor_impl, caf::no_spawn_options>(
      config, env, std::move(call), shard, call_registry_actor{self}, record);
  self->monitor(supervisor);
  ++per_shard[shard];
  calls.emplace(sid, live_call{supervisor, shard, {}, record, retry_token});
  calls[sid].info.call_sid = sid;
  sids.emplace(supervisor.address(), sid);
  if (ended.erase(sid) > 0)
    std::erase(ended_order, sid);
  env->metrics->calls_started->inc();
  env->metrics->active_calls->inc();
  if (hands_over) // It came from another instance, and goes on to the next.
    self->send(supervisor, leave_for_heir{});
  spdlog::info("call begins call_sid={} shard={}", sid, shard);
  return call_home{supervisor, shard};
}

std::optional<refusal> call_registry_state::refusal_of(const admit_call& call) {
  // One that another instance has begun is no new call: nobody hangs up on it.
  if (call.past && call.past->what != call_past::kind::cut)
    return closed ? std::optional{refusal::draining} : std::nullopt;
  return entry.decide(self->clock().now(), calls.size(),
                      env->load ? env->load() : process_load{});
}

void call_registry_state::on_down(const caf::down_msg& msg) {
  auto sid = sids.find(msg.source);
  if (sid == sids.end())
    return;
  if (auto at = calls.find(sid->second); at != calls.end()) {
    auto info = std::move(at->second.info);
    auto record = std::move(at->second.record);
    auto failed = info.outcome == call_outcome::none;
    if (failed) {
      // It ended without saying why: an exception.
      spdlog::error("call-supervisor ends call_sid={} reason=\"{}\"",
                    info.call_sid, caf::to_string(msg.reason));
      info.outcome = call_outcome::failed;
    }
    info.state = call_state::over;
    --per_shard[at->second.shard];
    // It is kept as what it says: shorter than what it takes to write it.
    // Nobody does any more, unless the supervisor ended before its bridge.
    std::optional<call_document> said;
    if (failed)
      self->run_delayed(env->limits.close_grace,
                        [this, call_sid = info.call_sid, record] {
                          read_late(call_sid, *record);
                        });
    else
      said = document_of(info.call_sid, *record, env->prices);
    auto retry_token = std::move(at->second.retry_token);
    calls.erase(at);
    env->metrics->active_calls->dec();
    env->metrics->call_ended(info.outcome);
    remember({std::move(info), std::move(said), std::move(retry_token)});
  }
  sids.erase(sid);
  settle();
}

void call_registry_state::read_late(const std::string& call_sid,
                                    const call_record& record) {
  if (auto at = ended.find(call_sid); at != ended.end() && !at->second.said)
    at->second.said = document_of(call_sid, record, env->prices);
}

void call_registry_state::settle() {
  if (waiting.empty() || !calls.empty())
    return;
  if (!owed.empty() && !last_words) {
    last_words = self->run_delayed(env->limits.last_words, [this] {
      last_words = {};
      owed.clear();
      settle();
    });
  }
  if (!owed.empty())
    return;
  if (last_words)
    last_words.dispose();
  last_words = {};
  stop_waiting();
}

void call_registry_state::remember(past_call call) {
  auto sid = call.info.call_sid;
  if (ended.insert_or_assign(sid, std::move(call)).second)
    ended_order.push_back(sid);
  // How calls ended is needed for long, what was said in them is not.
  if (ended_order.size() > max_documents)
    ended.find(ended_order[ended_order.size() - 1 - max_documents])
      ->second.said.reset();
  while (ended_order.size() > max_remembered) {
    ended.erase(ended_order.front());
    ended_order.pop_front();
  }
}

/// Asks the supervisor of a living call. It may end before it answers, and then
/// what it left behind does: `left(gone)`, `gone` unless it only kept us
/// waiting.
template <class Answer, class Question, class Left>
caf::result<Answer> ask_living(call_registry_actor::pointer self,
                               const call_supervisor_actor& supervisor,
                               Question question, Left left) {
  auto promise = self->make_response_promise<Answer>();
  self->request(supervisor, std::chrono::seconds{2}, std::move(question))
    .then([promise](Answer& x) mutable { promise.deliver(std::move(x)); },
          [promise, left](const caf::error& why) mutable {
            auto gone = why != caf::sec::request_timeout;
            if (std::optional<Answer> x = left(gone))
              promise.deliver(std::move(*x));
            else
              promise.deliver(caf::make_error(caf::sec::no_such_key));
          });
  return promise;
}

caf::result<next_step>
call_registry_state::step_of(const ask_next_step& asked) {
  owed.erase(asked.call_sid);
  auto at = calls.find(asked.call_sid);
  if (at == calls.end()) {
    settle();
    return step_after_end(asked);
  }
  // A call that ends has no more to say than why. Else it knows best what it
  // means that its stream is no more, whether or not it has noticed.
  const auto& info = at->second.info;
  if (info.outcome != call_outcome::none)
    return step_after(info, asked);
  return ask_living<next_step>(self, at->second.supervisor, asked,
                               [this, asked](bool) {
                                 return std::optional{step_after_end(asked)};
                               });
}

next_step
call_registry_state::step_after_end(const ask_next_step& asked) const {
  auto known = last_known(asked.call_sid);
  // What we know nothing of was lost with the process that knew it.
  call_info info = known.value_or(call_info{});
  if (info.outcome == call_outcome::none)
    info.outcome = call_outcome::failed;
  return step_after(info, asked);
}

std::optional<call_info>
call_registry_state::last_known(const std::string& call_sid) const {
  if (auto at = calls.find(call_sid); at != calls.end())
    return at->second.info;
  if (auto at = ended.find(call_sid); at != ended.end())
    return at->second.info;
  return std::nullopt;
}

std::optional<call_document>
call_registry_state::kept_document(const std::string& call_sid) const {
  auto at = ended.find(call_sid);
  return at == ended.end() ? std::nullopt : at->second.said;
}

std::optional<call_document>
call_registry_state::left_document(const std::string& call_sid,
                                   bool gone) const {
  // Of its end we may hear after that of our question; and as long as it lives
  // nobody else may read what it writes.
  auto at = calls.find(call_sid);
  if (at != calls.end() && gone)
    return document_of(call_sid, *at->second.record, env->prices);
  return kept_document(call_sid);
}

caf::result<call_info> call_registry_state::find(const std::string& call_sid) {
  if (auto at = calls.find(call_sid); at != calls.end())
    return ask_living<call_info>(self, at->second.supervisor, get_info{},
                                 [this, call_sid](bool) {
                                   return last_known(call_sid);
                                 });
  if (auto known = last_known(call_sid))
    return *known;
  return caf::make_error(caf::sec::no_such_key);
}

caf::result<call_document>
call_registry_state::document(const std::string& call_sid) {
  if (auto at = calls.find(call_sid); at != calls.end())
    return ask_living<call_document>(
      self, at->second.supervisor, get_document{call_sid},
      [this, call_sid](bool gone) { return left_document(call_sid, gone); });
  if (auto kept = kept_document(call_sid))
    return *kept;
  return caf::make_error(caf::sec::no_such_key);
}

} // namespace offhook::actors
