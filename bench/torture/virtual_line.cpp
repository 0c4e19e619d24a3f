#include "bench/torture/virtual_line.hpp"

#include <algorithm>
#include <utility>

#include "bench/torture/faulty_texts.hpp"
#include "bench/torture/intruder.hpp"
#include "bench/torture/phone.hpp"
#include "protocol/form.hpp"

namespace standins = offhook::app::standins;

namespace offhook::torture {

namespace {

using kind = fault_kind;

// Until the gateway's pings find out, by the stage's settings.
constexpr std::chrono::milliseconds half_open_time{6'100};

constexpr const char* origin = "http://127.0.0.1:5050";

std::string slot_name(std::uint32_t slot) {
  return "slot" + std::to_string(slot);
}

} // namespace

struct virtual_line::pending_dial final : net::ws_dial {
  void cancel() override {
    done = {};
  }

  net::ws_client_options options;
  std::function<void(net::connect_result)> done;
  std::optional<net::connect_error> failure;
  std::uint32_t number = 0;
  time_point due;
};

virtual_line::virtual_line(host& stage, call_plan plan, std::uint32_t slot,
                           time_point now)
  : stage_(stage),
    check_(std::move(plan)),
    slot_(slot),
    phone_(std::make_shared<standins::phone_call>(no_person(), now)),
    flow_(std::in_place, settings_of(origin, check_.plan(), slot), phone_) {
  check_.at(now);
}

void virtual_line::begin(time_point now) {
  perform(flow_->begin(now), now);
}

// -- Twilio -------------------------------------------------------------------

void virtual_line::perform(standins::call_flow::action what, time_point now) {
  using flow = standins::call_flow;
  for (auto& x : flow_->take_callbacks())
    stage_.ask(x);
  if (auto* x = std::get_if<flow::fetch>(&what)) {
    auto answer = stage_.ask(x->what);
    perform(flow_->on_response(
              {answer.status, answer.content_type, answer.body}, now),
            now);
  } else if (auto* x = std::get_if<flow::open_stream>(&what)) {
    open_stream(*x, now);
  } else if (auto* x = std::get_if<flow::wait>(&what)) {
    wait_until_ = now + x->length;
  } else {
    over_ = true;
  }
}

void virtual_line::open_stream(const standins::call_flow::open_stream& what,
                               time_point now) {
  if (failing_streams_ > 0) {
    --failing_streams_;
    check_.stream_lost();
    perform(flow_->on_stream_failed(31920, "torture", now), now);
    return;
  }
  if (stream_) {
    caller_->fall_silent();
    left_.push_back(std::move(stream_));
  }
  auto peer = std::make_unique<counted_caller>(what.stream, check_, frames_);
  caller_ = peer.get();
  stream_ = std::make_shared<fault_socket>(std::move(peer));
  stream_url_ = what.url;
  last_setup_ = what.stream;
  auto status = stage_.upgrade(what.url, what.headers, stream_);
  if (status != 101) {
    check_.wrong("the stream is refused with " + std::to_string(status));
    stream_ = nullptr;
    perform(flow_->on_stream_failed(31920, "refused", now), now);
    return;
  }
  if (!opened_)
    opened_ = now;
  flow_->on_stream_opened(now);
}

// -- the model ----------------------------------------------------------------

std::shared_ptr<net::ws_dial>
virtual_line::dial(const net::ws_client_options& options,
                   std::function<void(net::connect_result)> done,
                   time_point now) {
  auto result = std::make_shared<pending_dial>();
  result->options = options;
  result->done = std::move(done);
  result->number = ++dials_made_;
  check_.at(now);
  check_.dialled(result->number);
  auto slow = std::exchange(slow_dial_ms_, 0);
  result->due
    = now + milliseconds{dials_made_ == 1 ? check_.plan().first_dial_ms : slow};
  if (failing_dials_ > 0) {
    --failing_dials_;
    result->failure = failure_;
  }
  dials_.push_back(result);
  return result;
}

void virtual_line::answer_dials(time_point now) {
  std::vector<std::shared_ptr<pending_dial>> due;
  for (auto& x : dials_)
    if (x->done && x->due <= now)
      due.push_back(x);
  std::erase_if(dials_, [&](auto& x) { return !x->done || x->due <= now; });
  for (auto& x : due) {
    auto done = std::exchange(x->done, {});
    if (x->failure) {
      done(*x->failure);
      continue;
    }
    auto number = x->number;
    standins::demo_agent_options model;
    model.id_salt = 'c' + std::to_string(check_.plan().call) + 's'
                    + std::to_string(number) + 'x';
    if (auto age = check_.plan().session_age_s; age > 0) {
      model.timing.session_age = std::chrono::seconds{age};
      model.epoch_s = stage_.true_time();
    }
    model.script.answer = [this](const standins::turn_info&) {
      return check_.reply();
    };
    model.script.transcribe = [this] { return check_.caller_words(); };
    standins::demo_agent_handshake shake;
    shake.model = slot_name(slot_);
    auto agent = std::make_unique<standins::demo_agent>(std::move(model),
                                                        shake);
    auto* view = agent.get();
    auto socket = std::make_shared<fault_socket>(
      std::move(agent),
      fault_socket::observer{
        [this, number](std::string_view x) { check_.to_model(number, x); },
        [this, number](std::string_view x) { check_.to_gateway(number, x); },
        [this, number] { check_.session_over(number); }},
      x->options.limits);
    sessions_.push_back({number, socket, view});
    done(net::web_socket_ptr{socket});
  }
}

virtual_line::session* virtual_line::current() {
  for (auto i = sessions_.rbegin(); i != sessions_.rend(); ++i)
    if (!i->socket->ended())
      return &*i;
  return nullptr;
}

std::size_t virtual_line::open_sessions() const {
  return static_cast<std::size_t>(
    std::count_if(sessions_.begin(), sessions_.end(),
                  [](const session& x) { return !x.socket->ended(); }));
}

// -- time ---------------------------------------------------------------------

void virtual_line::advance(time_point now) {
  check_.at(now);
  answer_dials(now);
  if (wait_until_ && now >= *wait_until_ && !over_) {
    wait_until_.reset();
    perform(flow_->on_waited(now), now);
  }
  if (ask_at_ && now >= *ask_at_) {
    ask_at_.reset();
    perform(flow_->on_stream_ended(now), now);
  }
  if (!opened_)
    return;
  const auto& faults = check_.plan().faults;
  while (next_fault_ < faults.size()
         && now >= *opened_ + milliseconds{faults[next_fault_].at_ms})
    if (suffer(faults[next_fault_++], now))
      ++faults_done_;
  if (hung_up_ || now < *opened_ + milliseconds{check_.plan().length_ms})
    return;
  hung_up_ = true;
  ask_at_.reset();
  if (!over_)
    check_.caller_hangs_up(/* heard = */ stream_ && caller_->is_open());
  if (stream_)
    stream_->deliver(caller_->hang_up(now));
  else if (!over_)
    perform(flow_->on_caller_hung_up(now), now);
}

void virtual_line::stream_ended(time_point now) {
  stream_ = nullptr;
  caller_ = nullptr;
  if (hung_up_) {
    flow_->on_caller_hung_up(now);
    perform(flow_->on_stream_ended(now), now);
    return;
  }
  check_.at(now);
  check_.stream_lost();
  auto delay = std::exchange(ask_delay_ms_, 0);
  if (asks_no_more_)
    over_ = true;
  else if (delay > 0)
    ask_at_ = now + milliseconds{delay};
  else
    perform(flow_->on_stream_ended(now), now);
}

bool virtual_line::poll(time_point now) {
  auto busy = stream_ && stream_->poll(now);
  for (std::size_t i = 0; i < sessions_.size(); ++i)
    busy = sessions_[i].socket->poll(now) || busy;
  for (auto* others : {&intruders_, &left_})
    for (const auto& x : *others)
      busy = x->poll(now) || busy;
  // Whoever drops the last handle aborts the socket.
  for (const auto& x : sessions_)
    if (x.socket.use_count() == 1)
      x.socket->cut(now);
  for (auto* others : {&intruders_, &left_})
    for (const auto& x : *others)
      if (x.use_count() == 1)
        x->cut(now);
  std::erase_if(sessions_, [](const session& x) { return x.socket->ended(); });
  std::erase_if(intruders_, [](const auto& x) { return x->ended(); });
  std::erase_if(left_, [](const auto& x) { return x->ended(); });
  if (stream_ && stream_->ended()) {
    stream_ended(now);
    busy = true;
  }
  return busy;
}

bool virtual_line::quiet() const {
  return over_ && !stream_ && sessions_.empty() && intruders_.empty()
         && left_.empty();
}

// -- faults -------------------------------------------------------------------

bool virtual_line::suffer(const fault& what, time_point now) {
  switch (what.kind) {
    case kind::stream_garbage:
    case kind::stream_flood:
    case kind::stream_marks:
    case kind::stream_keys:
    case kind::stream_gap:
      if (!stream_)
        return false;
      stream_->deliver(caller_->suffer(what, now));
      return true;
    case kind::stream_stall:
    case kind::stream_reset:
    case kind::stream_half_open:
    case kind::stream_refused:
    case kind::stream_twin:
    case kind::stream_gone:
    case kind::kill_stream:
      return stream_ && suffer_stream(what, now);
    case kind::stream_duplicate:
      return stream_ && open_intruder(what.amount, now);
    case kind::webhook_again: {
      protocol::form::fields fields{{"CallSid", sid()},
                                    {"AccountSid", last_setup_.account_sid},
                                    {"From", "+15551234567"},
                                    {"To", "+15558675310"}};
      if (!stream_ || stage_.stream_of(sid()).empty())
        return false;
      auto answer = stage_.ask(standins::make_webhook(
        "POST",
        std::string{origin} + "/incoming-call?agent=" + slot_name(slot_),
        fields, ""));
      if (answer.status != 200)
        check_.wrong("a second webhook gets status "
                     + std::to_string(answer.status));
      return true;
    }
    case kind::clock_jump:
      stage_.jump_clock(std::int64_t{what.amount} - 100'000);
      return true;
    case kind::kill_behaviour:
    case kind::kill_session:
    case kind::kill_supervisor:
      return stage_.kill(sid(), what.kind);
    case kind::kill_bridge:
    case kind::bridge_throws:
      return suffer_bridge(what, now);
    default:
      return suffer_model(what, now);
  }
}

bool virtual_line::suffer_stream(const fault& what, time_point now) {
  constexpr std::uint32_t longest_delay_ms = 4'000;
  switch (what.kind) {
    case kind::stream_stall: {
      auto until = now + milliseconds{what.amount};
      check_.stream_fails(until);
      stream_->stall(until);
      return true;
    }
    case kind::stream_half_open:
      check_.stream_fails();
      stream_->go_half_open(now);
      return true;
    case kind::stream_twin:
      if (stage_.stream_of(sid()).empty())
        return false;
      // What the old one holds yet is nobody's.
      check_.stream_fails();
      flow_.emplace(settings_of(origin, check_.plan(), slot_), phone_);
      perform(flow_->begin(now), now);
      return true;
    case kind::kill_stream:
      if (!stage_.kill(sid(), what.kind))
        return false;
      check_.stream_fails();
      return true;
    case kind::stream_reset:
      ask_delay_ms_ = what.amount % longest_delay_ms;
      break;
    case kind::stream_refused:
      failing_streams_ = what.amount;
      break;
    default:
      asks_no_more_ = true;
      break;
  }
  check_.stream_fails();
  stream_->cut(now);
  return true;
}

bool virtual_line::suffer_bridge(const fault& what, time_point now) {
  if (!stage_.kill(sid(), what.kind))
    return false;
  check_.at(now);
  check_.bridge_failed();
  return true;
}

bool virtual_line::suffer_model(const fault& what, time_point now) {
  auto* session = current();
  if (!session)
    return false;
  auto socket = session->socket;
  switch (what.kind) {
    case kind::model_stall:
      // Should it be lost meanwhile.
      check_.may_lose(now - milliseconds{20}, now + milliseconds{what.amount});
      socket->stall(now + milliseconds{what.amount});
      return true;
    case kind::model_half_open:
      check_.may_lose(now - milliseconds{20}, now + half_open_time);
      socket->go_half_open(now);
      return true;
    case kind::model_garbage:
      for (std::uint32_t i = 0; i < what.amount; ++i)
        socket->inject(model_garbage[i % model_garbage.size()]);
      return true;
    case kind::model_flood:
      for (std::uint32_t i = 0; i < what.amount; ++i)
        socket->inject(unknown_event);
      return true;
    case kind::model_error:
      socket->deliver(session->agent->send_error(harmless_error(what.amount)));
      return true;
    case kind::model_fatal:
      socket->deliver(session->agent->send_error(fatal_error(what.amount)));
      return true;
    case kind::model_noise:
      socket->end({net::ws_closed::cause::protocol_error, 1002, {}, "noise"});
      return true;
    case kind::model_close:
      socket->deliver(
        {standins::close_socket{passing_close(what.amount), "torture"}});
      return true;
    case kind::dial_slow:
      slow_dial_ms_ = what.amount;
      break;
    case kind::dial_refused:
      failing_dials_ = what.amount;
      failure_ = {net::connect_error::kind::connect, 0, "torture"};
      break;
    case kind::dial_tls:
      failing_dials_ = what.amount;
      failure_ = {net::connect_error::kind::tls, 0, "torture"};
      break;
    case kind::dial_status:
      failing_dials_ = what.amount;
      failure_ = {net::connect_error::kind::refused, 503, "torture"};
      break;
    default:
      break;
  }
  socket->cut(now);
  return true;
}

bool virtual_line::open_intruder(std::uint32_t which, time_point now) {
  // Whoever comes before the true one is not to be told from it.
  if (stage_.stream_of(sid()) != last_setup_.stream_sid)
    return false;
  auto socket = std::make_shared<fault_socket>(
    std::make_unique<intruder>(last_setup_, which, [this] {
      check_.wrong("somebody else's stream has the call");
    }));
  if (stage_.upgrade(stream_url_, {}, socket) != 101)
    return true; // Refused at the door.
  socket->poll(now);
  intruders_.push_back(std::move(socket));
  return true;
}

} // namespace offhook::torture
