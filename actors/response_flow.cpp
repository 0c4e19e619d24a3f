#include "actors/response_flow.hpp"

#include <algorithm>
#include <utility>

namespace offhook::actors {

void response_flow::next(orders& out) {
  if (!ready_ || !active_.empty() || pending_ || retry_ || unseen_until_
      || waiting_.empty())
    return;
  pending_ = asked{++last_id_, std::move(waiting_.front()), false};
  waiting_.pop_front();
  if (!pending_->what.aside)
    answer_due_.reset(); // Whatever it says is an answer too.
  out.push_back(create{pending_->id, pending_->what});
}

response_flow::orders response_flow::want(response_request what, time_point) {
  orders result;
  if (waiting_.size() >= limits_.max_waiting) {
    ++given_up_;
    return result;
  }
  waiting_.push_back(std::move(what));
  next(result);
  return result;
}

void response_flow::expect_answer(time_point now) {
  answer_due_ = now + limits_.answer_grace;
}

response_flow::orders response_flow::created(const std::string& response_id,
                                             std::uint64_t create_id,
                                             time_point) {
  orders result;
  auto ours = pending_ && create_id == pending_->id;
  auto cancelled = ours && pending_->cancelled;
  active_ = response_id;
  active_request_ = ours ? std::move(pending_->what) : response_request{};
  cancel_sent_ = cancelled;
  unseen_until_.reset();
  if (!active_request_.aside)
    answer_due_.reset();
  if (ours)
    pending_.reset();
  if (cancelled)
    result.push_back(cancel{response_id});
  return result;
}

response_flow::orders
response_flow::done(const std::string& response_id, std::string_view status,
                    std::string_view reason, time_point now) {
  orders result;
  if (response_id != active_) {
    // One that we were not told of: perhaps that which stood in the way.
    if (active_.empty() && unseen_until_) {
      unseen_until_.reset();
      next(result);
    }
    return result;
  }
  auto what = std::exchange(active_request_, {});
  active_.clear();
  cancel_sent_ = false;
  if (status == "failed")
    fail(reason, what, now);
  else
    failures_ = 0;
  if (answer_due_) // The server may only now have its hands free.
    answer_due_ = now + limits_.answer_grace;
  next(result);
  return result;
}

void response_flow::fail(std::string_view reason, const response_request& what,
                         time_point now) {
  auto limited = reason == "rate_limit_exceeded";
  auto allowed = limited ? limits_.rate_limit_retries
                         : limits_.server_error_retries;
  auto retriable = limited || reason == "server_error" || reason.empty();
  if (!retriable || failures_ >= allowed) {
    failures_ = 0;
    ++given_up_;
    return;
  }
  ++failures_;
  retry_ = later{
    now + (limited ? limits_.rate_limit_delay * failures_ : milliseconds{0}),
    what};
}

response_flow::orders response_flow::refused(std::uint64_t create_id,
                                             std::string_view code,
                                             time_point now) {
  orders result;
  if (!pending_ || pending_->id != create_id)
    return result;
  auto asked = *std::exchange(pending_, std::nullopt);
  if (code != "conversation_already_has_active_response") {
    ++given_up_;
    next(result);
    return result;
  }
  if (!asked.cancelled)
    waiting_.push_front(std::move(asked.what));
  // The one that stands in the way is known, or will be told of.
  if (active_.empty())
    unseen_until_ = now + limits_.unseen_response;
  return result;
}

response_flow::orders response_flow::interrupt(bool server_cancels) {
  orders result;
  waiting_.clear();
  retry_.reset();
  answer_due_.reset();
  if (pending_)
    pending_->cancelled = true;
  // The server by itself cancels only what belongs to the conversation.
  auto is_left = !server_cancels || active_request_.aside;
  if (!active_.empty() && is_left && !std::exchange(cancel_sent_, true))
    result.push_back(cancel{active_});
  return result;
}

response_flow::orders response_flow::retry(time_point now) {
  orders result;
  response_request again;
  if (pending_) {
    again = pending_->what;
    pending_->cancelled = true;
  } else if (!active_.empty()) {
    again = active_request_;
    if (!std::exchange(cancel_sent_, true))
      result.push_back(cancel{active_});
  } else if (retry_) {
    again = std::exchange(retry_, std::nullopt)->what;
  } else if (!waiting_.empty()) {
    again = std::move(waiting_.front());
    waiting_.pop_front();
  }
  if (again == response_request{})
    again.purpose = "retry";
  if (!again.aside) // Its moment has passed.
    waiting_.push_front(std::move(again));
  unseen_until_.reset();
  auto more = due(now);
  result.insert(result.end(), more.begin(), more.end());
  return result;
}

std::vector<response_request> response_flow::unfinished(bool active) const {
  std::vector<response_request> result;
  auto add = [&result](const response_request& x) {
    if (!x.aside)
      result.push_back(x);
  };
  if (active && !active_.empty() && !cancel_sent_)
    add(active_request_);
  if (pending_ && !pending_->cancelled)
    add(pending_->what);
  if (retry_)
    add(retry_->what);
  for (const auto& x : waiting_)
    add(x);
  return result;
}

void response_flow::withdraw_answers() {
  const response_request answer;
  std::erase(waiting_, answer);
  if (retry_ && retry_->what == answer)
    retry_.reset();
  if (pending_ && pending_->what == answer)
    pending_->cancelled = true;
}

void response_flow::withdraw_asides() {
  std::erase_if(waiting_, [](const response_request& x) { return x.aside; });
  if (retry_ && retry_->what.aside)
    retry_.reset();
  if (pending_ && pending_->what.aside)
    pending_->cancelled = true;
}

response_flow::orders response_flow::due(time_point now) {
  orders result;
  if (unseen_until_ && *unseen_until_ <= now)
    unseen_until_.reset();
  if (retry_ && retry_->at <= now) {
    waiting_.push_front(std::move(retry_->what));
    retry_.reset();
  }
  if (answer_due_ && *answer_due_ <= now) {
    if (busy())
      answer_due_ = now + limits_.answer_grace;
    else
      waiting_.push_back({});
  }
  next(result);
  return result;
}

std::optional<response_flow::time_point> response_flow::next_time() const {
  std::optional<time_point> result;
  auto add = [&result](const std::optional<time_point>& x) {
    if (x && (!result || *x < *result))
      result = x;
  };
  add(unseen_until_);
  add(answer_due_);
  if (retry_)
    add(retry_->at);
  return result;
}

response_flow::orders response_flow::session_ready(time_point now) {
  ready_ = true;
  return due(now);
}

void response_flow::session_lost(bool again) {
  withdraw_asides(); // Their moment will have passed.
  ready_ = false;
  if (again && !active_.empty() && !active_request_.aside)
    waiting_.push_front(std::move(active_request_));
  active_.clear();
  active_request_ = {};
  cancel_sent_ = false;
  if (pending_ && !pending_->cancelled)
    waiting_.push_front(std::move(pending_->what));
  pending_.reset();
  unseen_until_.reset();
  answer_due_.reset();
  failures_ = 0;
}

} // namespace offhook::actors
