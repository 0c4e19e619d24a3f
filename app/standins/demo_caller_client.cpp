#include "app/standins/demo_caller_client.hpp"

#include <utility>

#include "app/standins/stream_line.hpp"
#include "app/standins/twilio_codes.hpp"
#include "net/http_client.hpp"

namespace offhook::app::standins {

using std::chrono::milliseconds;

namespace {

class client final : public demo_caller_client,
                     public std::enable_shared_from_this<client> {
public:
  client(net::shard_loop& loop, demo_caller_options options,
         std::function<void(demo_caller_result)> done)
    : loop_(loop),
      options_(std::move(options)),
      done_(std::move(done)),
      call_(std::make_shared<phone_call>(options_.person, clock_now())),
      flow_(options_.twilio, call_),
      flow_timer_(loop.io()),
      person_timer_(loop.io()),
      deadline_(loop.io()) {
    // nop
  }

  void begin() {
    if (over_)
      return; // Hung up before it rang.
    self_ = shared_from_this();
    deadline_.expires_after(milliseconds{options_.call_deadline_ms});
    deadline_.async_wait([self = self_](net::error_code ec) {
      if (!ec && !self->over_)
        self->out_of_time();
    });
    let_time_pass();
    perform(flow_.begin(clock_now()));
  }

  void hang_up() override {
    if (over_)
      return;
    if (line_)
      line_->hang_up();
    else
      leave();
  }

  std::int64_t elapsed_ms() const override {
    return to_ms(call_->began(), clock_now());
  }

private:
  void perform(call_flow::action what) {
    send_callbacks();
    if (auto* x = std::get_if<call_flow::fetch>(&what))
      fetch(std::move(x->what));
    else if (auto* x = std::get_if<call_flow::open_stream>(&what))
      open_stream(std::move(*x));
    else if (auto* x = std::get_if<call_flow::wait>(&what))
      wait(x->length);
    else
      end();
  }

  // -- webhooks ---------------------------------------------------------------

  net::http_client_request to_http(webhook_request x) const {
    net::http_client_request result;
    result.method = std::move(x.method);
    result.url = std::move(x.url);
    result.headers = std::move(x.headers);
    result.body = std::move(x.body);
    result.trust = options_.trust;
    result.timeout_ms = options_.request_timeout_ms;
    return result;
  }

  void fetch(webhook_request what) {
    exchange_ = net::http_send(
      loop_, to_http(std::move(what)),
      [self = self_](net::http_client_result result) {
        self->exchange_ = nullptr;
        if (const auto* x = std::get_if<net::http_client_error>(&result))
          return self->perform(self->flow_.on_no_answer(twilio_code(x->what),
                                                        x->text, clock_now()));
        auto& answer = std::get<net::http_client_response>(result);
        self->perform(self->flow_.on_response(
          {answer.status, std::string{answer.header("Content-Type")},
           std::move(answer.body)},
          clock_now()));
      });
  }

  void send_callbacks() {
    for (auto& x : flow_.take_callbacks()) {
      ++callbacks_;
      const auto url = x.url;
      net::http_send(loop_, to_http(std::move(x)),
                     [self = self_,
                      url](const net::http_client_result& result) {
                       --self->callbacks_;
                       self->called_back(url, result);
                     });
    }
  }

  void called_back(const std::string& url,
                   const net::http_client_result& result) {
    if (const auto* x = std::get_if<net::http_client_error>(&result))
      callback_failures_.push_back(url + ": " + x->text);
    else if (auto status = std::get<net::http_client_response>(result).status;
             status < 200 || status > 299)
      callback_failures_.push_back(url + ": status " + std::to_string(status));
    finish_if_done();
  }

  void wait(milliseconds length) {
    flow_timer_.expires_after(length);
    flow_timer_.async_wait([self = self_](net::error_code ec) {
      if (!ec && !self->over_)
        self->perform(self->flow_.on_waited(clock_now()));
    });
  }

  // -- the stream -------------------------------------------------------------

  void open_stream(call_flow::open_stream what) {
    net::ws_client_options how;
    how.url = std::move(what.url);
    how.headers = std::move(what.headers);
    how.trust = options_.trust;
    how.limits = options_.limits;
    dial_ = net::ws_connect(
      loop_, std::move(how),
      [self = self_,
       stream = std::move(what.stream)](net::connect_result result) {
        self->dial_ = nullptr;
        const auto* error = std::get_if<net::connect_error>(&result);
        if (!error)
          return self->attach(stream, std::get<net::web_socket_ptr>(result));
        auto why = error->http_status == 0
                     ? error->text
                     : "status " + std::to_string(error->http_status);
        self->perform(self->flow_.on_stream_failed(twilio_code(error->what),
                                                   why, clock_now()));
      });
  }

  void attach(const stream_setup& stream, net::web_socket_ptr socket) {
    flow_.on_stream_opened(clock_now());
    send_callbacks();
    line_ = std::make_shared<stream_line>(std::move(socket), stream, call_,
                                          options_.network);
    line_->start(
      [self = self_](const net::ws_closed& how) { self->detach(how); });
  }

  void detach(const net::ws_closed& how) {
    using cause = net::ws_closed::cause;
    const auto line = std::exchange(line_, nullptr);
    if (over_)
      return finish_if_done();
    if (how.why == cause::overflow || how.why == cause::protocol_error
        || how.why == cause::timeout)
      call_->fail(clock_now(), "the stream: " + std::string{to_string(how.why)}
                                 + ' ' + how.error);
    // Before the next stream, if any: the person may have waited for the close.
    // Who hung up does not listen to what TwiML goes on with.
    if (line->hung_up() || hangs_up())
      flow_.on_caller_hung_up(clock_now());
    else
      let_time_pass();
    perform(flow_.on_stream_ended(clock_now()));
  }

  /// Whether that is what the person does now.
  bool hangs_up() {
    for (const auto& order : call_->tick(clock_now(), 0))
      if (std::holds_alternative<caller_person::hung_up>(order)
          || std::holds_alternative<caller_person::gave_up>(order))
        return true;
    return false;
  }

  /// The person's time where there is no stream.
  void let_time_pass() {
    person_timer_.expires_after(milliseconds{20});
    person_timer_.async_wait([self = self_](net::error_code ec) {
      if (ec || self->over_ || self->line_)
        return;
      if (self->hangs_up())
        self->leave();
      else
        self->let_time_pass();
    });
  }

  // -- the end ----------------------------------------------------------------

  void out_of_time() {
    call_->fail(clock_now(), "the call was not over after "
                               + std::to_string(options_.call_deadline_ms)
                               + " ms");
    if (line_)
      line_->abort();
    leave();
  }

  /// The person hangs up, whatever is under way.
  void leave() {
    if (const auto x = std::exchange(exchange_, nullptr))
      x->cancel();
    if (const auto x = std::exchange(dial_, nullptr))
      x->cancel();
    perform(flow_.on_caller_hung_up(clock_now()));
  }

  void end() {
    if (std::exchange(over_, true))
      return;
    flow_timer_.cancel();
    person_timer_.cancel();
    deadline_.cancel();
    call_->finish(clock_now());
    finish_if_done();
  }

  void finish_if_done() {
    if (!over_ || callbacks_ > 0 || line_ || !done_)
      return;
    const auto done = std::exchange(done_, nullptr);
    // Each callback on the stack holds a handle of its own.
    self_ = nullptr;
    done({flow_.ending(), call_->failure(), flow_.call_sid(), flow_.documents(),
          std::move(callback_failures_), call_->stats(), call_->timeline(),
          call_->tape(), call_->began()});
  }

  net::shard_loop& loop_;
  const demo_caller_options options_;
  std::function<void(demo_caller_result)> done_; // Null once it was called.
  const std::shared_ptr<phone_call> call_;
  call_flow flow_;
  net::loop_timer flow_timer_;
  net::loop_timer person_timer_;
  net::loop_timer deadline_;
  std::shared_ptr<client> self_; // From the beginning to the end.
  std::shared_ptr<net::http_exchange> exchange_;
  std::shared_ptr<net::ws_dial> dial_;
  std::shared_ptr<stream_line> line_; // While it is open.
  std::size_t callbacks_ = 0;
  std::vector<std::string> callback_failures_;
  bool over_ = false;
};

} // namespace

demo_caller_client::~demo_caller_client() = default;

std::shared_ptr<demo_caller_client>
start_demo_call(net::shard_loop& loop, demo_caller_options options,
                std::function<void(demo_caller_result)> done) {
  auto result = std::make_shared<client>(loop, std::move(options),
                                         std::move(done));
  // `done` may come at once, and must not from within this call.
  loop.post([result] { result->begin(); });
  return result;
}

} // namespace offhook::app::standins
