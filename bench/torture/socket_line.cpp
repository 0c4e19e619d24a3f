#include "bench/torture/socket_line.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include "app/standins/twilio_codes.hpp"
#include "bench/torture/faulty_texts.hpp"
#include "bench/torture/intruder.hpp"
#include "bench/torture/phone.hpp"

namespace standins = offhook::app::standins;

namespace offhook::torture {

namespace {

using kind = fault_kind;
using std::chrono::milliseconds;

// How often the gateway is asked how a call ended, and how many times: longer
// than its grace for the ends of sockets.
constexpr milliseconds question_interval{500};
constexpr std::uint32_t max_questions = 120;

// What was sent before the caller hung up may be hundreds of messages.
constexpr std::uint32_t longest_farewell_ms = 30'000;

// Where hundreds wait to be written.
constexpr milliseconds time_of_a_message{20};

// A webhook that is sent so long before the hang-up is answered before it.
constexpr std::chrono::seconds last_moments{2};

std::string path_of(std::string_view url) {
  return std::string{url.substr(url.find('/', url.find("//") + 2))};
}

} // namespace

socket_line::socket_line(meeting_point where, call_plan plan,
                         std::uint32_t slot)
  : where_(std::move(where)),
    check_(std::move(plan), call_check::place::at_the_peers),
    slot_(slot),
    phone_(std::make_shared<standins::phone_call>(no_person(), clock_now())),
    flow_(settings_of(where_.gateway, check_.plan(), slot), phone_),
    timer_(where_.loop.io().get_executor()) {
}

void socket_line::begin() {
  check_.at(clock_now());
  where_.to_model.change(slot_, [ms = check_.plan().first_dial_ms](auto& next) {
    next = {};
    next.delay_ms = ms;
  });
  perform(flow_.begin(clock_now()));
}

// -- Twilio -------------------------------------------------------------------

void socket_line::perform(standins::call_flow::action what) {
  using flow = standins::call_flow;
  for (auto& x : flow_.take_callbacks())
    send(std::move(x), [](const net::http_client_result&) {});
  if (auto* x = std::get_if<flow::fetch>(&what)) {
    fetch(std::move(x->what));
  } else if (auto* x = std::get_if<flow::open_stream>(&what)) {
    open_stream(*x);
  } else if (auto* x = std::get_if<flow::wait>(&what)) {
    timer_.expires_after(x->length);
    timer_.async_wait([self = shared_from_this()](net::error_code ec) {
      if (!ec)
        self->perform(self->flow_.on_waited(clock_now()));
    });
  } else if (!std::exchange(callers_side_over_, true)) {
    ask_outcome();
  }
}

std::shared_ptr<net::http_exchange>
socket_line::send(standins::webhook_request what,
                  std::function<void(net::http_client_result)> done) {
  net::http_client_request request;
  request.method = std::move(what.method);
  request.url = std::move(what.url);
  request.headers = std::move(what.headers);
  request.body = std::move(what.body);
  return net::http_send(where_.loop, std::move(request), std::move(done));
}

void socket_line::fetch(standins::webhook_request what) {
  exchange_ = send(std::move(what), [self = shared_from_this()](
                                      net::http_client_result result) {
    self->exchange_ = nullptr;
    if (const auto* x = std::get_if<net::http_client_error>(&result)) {
      self->check_.wrong("a webhook gets no answer: " + x->text);
      return self->perform(self->flow_.on_no_answer(
        standins::twilio_code(x->what), x->text, clock_now()));
    }
    auto& answer = std::get<net::http_client_response>(result);
    self->perform(self->flow_.on_response(
      {answer.status, std::string{answer.header("Content-Type")},
       std::move(answer.body)},
      clock_now()));
  });
}

void socket_line::open_stream(const standins::call_flow::open_stream& what) {
  last_setup_ = what.stream;
  net::ws_client_options how;
  how.url = "ws://127.0.0.1:" + std::to_string(where_.to_gateway.port())
            + path_of(what.url) + "?slot=" + std::to_string(slot_);
  how.headers = what.headers;
  how.limits.close_timeout_ms = longest_farewell_ms;
  dial_ = net::ws_connect(
    where_.loop, std::move(how),
    [self = shared_from_this()](net::connect_result result) {
      self->dial_ = nullptr;
      if (const auto* x = std::get_if<net::connect_error>(&result)) {
        if (!self->check_.stream_is_failing())
          self->check_.wrong("a stream is not opened: " + x->text);
        self->check_.stream_lost();
        return self->perform(
          self->flow_.on_stream_failed(31920, x->text, clock_now()));
      }
      auto now = clock_now();
      if (!self->opened_)
        self->opened_ = now;
      self->flow_.on_stream_opened(now);
      self->caller_ = std::make_shared<counted_caller>(self->last_setup_,
                                                       self->check_,
                                                       self->frames_);
      self->stream_
        = std::make_shared<machine_line>(std::get<net::web_socket_ptr>(result),
                                         self->caller_,
                                         [self] { self->stream_ended(); });
      self->stream_->start();
    });
}

void socket_line::stream_ended() {
  stream_ = nullptr;
  check_.at(clock_now());
  if (hung_up_)
    flow_.on_caller_hung_up(clock_now());
  else
    check_.stream_lost();
  perform(flow_.on_stream_ended(clock_now()));
}

// -- the model ----------------------------------------------------------------

void socket_line::open_session(net::web_socket_ptr socket,
                               standins::demo_agent_handshake shake) {
  auto number = ++dialled_;
  check_.at(clock_now());
  check_.dialled(number);
  standins::demo_agent_options model;
  model.id_salt = 'c' + std::to_string(check_.plan().call) + 's'
                  + std::to_string(number) + 'x';
  if (auto age = check_.plan().session_age_s; age > 0) {
    model.timing.session_age = std::chrono::seconds{age};
    model.epoch_s = std::time(nullptr);
  }
  auto weak = weak_from_this();
  model.script.answer = [weak](const standins::turn_info&) {
    auto self = weak.lock();
    return self ? self->check_.reply() : standins::agent_reply{};
  };
  model.script.transcribe = [weak] {
    auto self = weak.lock();
    return self ? self->check_.caller_words() : std::string{};
  };
  model.on_message = [weak, number](bool from_client, std::string_view text,
                                    time_point at) {
    auto self = weak.lock();
    if (!self)
      return;
    self->check_.at(at);
    if (from_client)
      self->check_.to_model(number, text);
    else
      self->check_.to_gateway(number, text);
  };
  auto agent = std::make_shared<standins::demo_agent_socket>(
    socket, std::move(model), std::move(shake),
    [weak, number](standins::demo_agent_socket& ended) {
      auto self = weak.lock();
      if (!self)
        return;
      self->check_.session_over(number);
      // Not here, within the last callback of the socket that it holds.
      auto at = std::find_if(self->sessions_.begin(), self->sessions_.end(),
                             [&](auto& x) { return x.agent.get() == &ended; });
      if (at != self->sessions_.end()) {
        self->where_.loop.post([last = std::move(*at)] {});
        self->sessions_.erase(at);
      }
    });
  sessions_.push_back({number, std::move(socket), agent});
  agent->start();
}

// -- time ---------------------------------------------------------------------

void socket_line::advance() {
  auto now = clock_now();
  if (!opened_ || callers_side_over_)
    return;
  check_.at(now);
  const auto& faults = check_.plan().faults;
  while (next_fault_ < faults.size()
         && now >= *opened_ + milliseconds{faults[next_fault_].at_ms})
    if (suffer(faults[next_fault_++]))
      ++faults_done_;
  if (hung_up_ || now < hangs_up_at())
    return;
  hung_up_ = true;
  check_.caller_hangs_up(/* heard = */ stream_ && caller_->is_open());
  if (stream_)
    stream_->carry_out(caller_->hang_up(now));
  else
    leave();
}

socket_line::time_point socket_line::hangs_up_at() const {
  return *opened_ + milliseconds{check_.plan().length_ms};
}

void socket_line::leave() {
  if (auto x = std::exchange(exchange_, nullptr))
    x->cancel();
  if (auto x = std::exchange(dial_, nullptr))
    x->cancel();
  timer_.cancel();
  perform(flow_.on_caller_hung_up(clock_now()));
}

void socket_line::ask_outcome() {
  timer_.expires_after(question_interval);
  timer_.async_wait([self = shared_from_this()](net::error_code ec) {
    if (ec)
      return;
    standins::webhook_request question;
    question.method = "GET";
    question.url = self->where_.gateway + "/v1/calls/" + self->flow_.call_sid();
    self->send(std::move(question), [self](net::http_client_result result) {
      auto* answer = std::get_if<net::http_client_response>(&result);
      self->learn_outcome(answer ? answer->body : std::string{});
    });
  });
}

void socket_line::learn_outcome(const std::string& page) {
  using actors::call_outcome;
  auto says = [&page](const char* key, const std::string& value) {
    return page.find('"' + std::string{key} + R"(":")" + value + '"')
           != std::string::npos;
  };
  if (!says("state", "over")) {
    if (++questions_ < max_questions)
      return ask_outcome();
    check_.wrong("the call does not end: " + page);
  }
  auto outcome = call_outcome::none;
  for (auto x : {call_outcome::completed, call_outcome::ended_by_us,
                 call_outcome::no_stream, call_outcome::stream_lost,
                 call_outcome::model_failed, call_outcome::failed,
                 call_outcome::shutdown, call_outcome::transferred})
    if (says("outcome", to_string(x)))
      outcome = x;
  check_.ended(outcome);
  over_ = true;
}

// -- faults -------------------------------------------------------------------

bool socket_line::suffer(const fault& what) {
  if (!stream_)
    return false;
  switch (what.kind) {
    case kind::stream_garbage:
    case kind::stream_flood:
    case kind::stream_marks:
    case kind::stream_keys:
    case kind::stream_gap:
      if (what.kind != kind::stream_gap) // Marks wait behind all of it.
        check_.stream_fails(clock_now() + what.amount * time_of_a_message);
      stream_->carry_out(caller_->suffer(what, clock_now()));
      return true;
    case kind::stream_stall:
      check_.stream_fails(clock_now() + milliseconds{what.amount});
      where_.to_gateway.stall(slot_, what.amount);
      return true;
    case kind::stream_reset:
      check_.stream_fails();
      where_.to_gateway.reset_after(slot_, what.amount);
      return true;
    case kind::stream_duplicate:
      return open_intruder(what.amount);
    case kind::webhook_again: {
      // Of a call that is over it would begin another one.
      if (ends_soon_ || clock_now() + last_moments >= hangs_up_at())
        return false;
      protocol::form::fields fields{{"CallSid", flow_.call_sid()},
                                    {"AccountSid", last_setup_.account_sid},
                                    {"From", "+15551234567"},
                                    {"To", "+15558675310"}};
      send(standins::make_webhook("POST",
                                  where_.gateway + "/incoming-call?agent=slot"
                                    + std::to_string(slot_),
                                  fields, ""),
           [](const net::http_client_result&) {});
      return true;
    }
    default:
      return suffer_model(what);
  }
}

bool socket_line::suffer_model(const fault& what) {
  auto newest = std::find_if(sessions_.rbegin(), sessions_.rend(),
                             [](const auto& x) { return !x.half_open; });
  if (newest == sessions_.rend())
    return false;
  auto session = *newest; // It may end by what is done to it.
  using reception = fault_proxy::reception;
  auto next = [&](std::uint32_t reception::*meets) {
    where_.to_model.change(slot_, [meets, amount = what.amount](reception& x) {
      x.*meets = amount;
    });
  };
  auto reset = [&] {
    check_.wire_fails(session.number);
    where_.to_model.reset_after(slot_, what.amount % 4'000);
    return true;
  };
  switch (what.kind) {
    case kind::model_reset:
      return reset();
    case kind::model_noise:
      check_.wire_fails(session.number);
      where_.to_model.inject_noise(slot_);
      return true;
    case kind::model_half_open:
      check_.wire_fails(session.number);
      newest->half_open = true;
      where_.to_model.go_half_open(slot_);
      return true;
    case kind::model_stall:
      check_.wire_fails(session.number,
                        clock_now() + milliseconds{what.amount});
      where_.to_model.stall(slot_, what.amount);
      return true;
    case kind::model_close:
      check_.wire_fails(session.number);
      session.socket->close(passing_close(what.amount), "torture");
      return true;
    case kind::model_error:
      session.agent->send_error(harmless_error(what.amount));
      return true;
    case kind::model_fatal:
      ends_soon_ = true;
      session.agent->send_error(fatal_error(what.amount));
      return true;
    case kind::model_garbage:
      for (std::uint32_t i = 0; i < what.amount; ++i)
        session.socket->send(model_garbage[i % model_garbage.size()],
                             net::frame_class::control);
      return true;
    case kind::model_flood:
      // What is said behind it waits for it, and may be lost there.
      check_.wire_fails(session.number,
                        clock_now() + what.amount * time_of_a_message);
      for (std::uint32_t i = 0; i < what.amount; ++i)
        session.socket->send(unknown_event, net::frame_class::control);
      return true;
    case kind::dial_refused:
      next(&reception::refuse);
      check_.vain_dials(what.amount);
      return reset();
    case kind::dial_status:
      next(&reception::unavailable);
      check_.vain_dials(what.amount);
      return reset();
    case kind::dial_slow:
      next(&reception::delay_ms);
      return reset();
    default:
      return false;
  }
}

bool socket_line::open_intruder(std::uint32_t which) {
  // Whoever comes before the true one is not to be told from it.
  if (!caller_->spoken_to())
    return false;
  net::ws_client_options how;
  how.url = "ws" + where_.gateway.substr(4) + "/ai-stream";
  intruders_.push_back(net::ws_connect(
    where_.loop, std::move(how),
    [peer = std::make_shared<intruder>(
       last_setup_, which, [weak = weak_from_this()] {
         if (auto self = weak.lock())
           self->check_.wrong("somebody else's stream has the call");
       })](net::connect_result result) {
      if (auto* socket = std::get_if<net::web_socket_ptr>(&result))
        std::make_shared<machine_line>(*socket, peer, [] {})->start();
    }));
  return true;
}

} // namespace offhook::torture
