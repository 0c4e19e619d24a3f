#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace offhook::actors {

/// What one `response.create` asks for.
struct response_request {
  std::string instructions; ///< empty: the session's own
  std::string purpose;      ///< such as `greeting`; comes back as metadata
  bool aside = false;       ///< beside the conversation, which never sees it

  bool operator==(const response_request&) const = default;
};

/// Owns `response.create` and `response.cancel` of one call: never two active
/// responses, every create tied to what became of it, a cancel that came too
/// early remembered. A plain class; the bridge sends what it orders.
///
/// The server makes responses of its own when a turn of the caller ends; those
/// are seen here too, and told from ours by the id that comes back with them.
class response_flow {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using milliseconds = std::chrono::milliseconds;

  /// How long, and how often, something is tried or waited for.
  struct limits {
    std::size_t max_waiting = 8; ///< requests beyond are refused

    /// After `server_error` at once, after a rate limit with this delay.
    std::uint32_t server_error_retries = 1;
    std::uint32_t rate_limit_retries = 3;
    milliseconds rate_limit_delay{1'000};

    /// A create that was refused because of a response which we know nothing of
    /// is tried again after this, should its end never be told.
    milliseconds unseen_response{5'000};

    /// The server's own answer to a turn is given this long before we make one.
    milliseconds answer_grace{600};
  };

  struct create {
    std::uint64_t id = 0; ///< in this call; never 0
    response_request what;
    bool operator==(const create&) const = default;
  };

  struct cancel {
    std::string response_id;
    bool operator==(const cancel&) const = default;
  };

  using order = std::variant<create, cancel>;
  using orders = std::vector<order>;

  /// @param last_id of those that were given out before
  explicit response_flow(limits x, std::uint64_t last_id = 0)
    : limits_(x),
      last_id_(last_id) {
  }

  /// A response is wanted, now or as soon as the active one is over.
  orders want(response_request what, time_point now);

  /// A turn of the caller is in the conversation, and nobody else may answer
  /// it: where the server does not within a grace, we do.
  void expect_answer(time_point now);

  /// `response.created`. @param create_id 0: not one of ours
  orders created(const std::string& response_id, std::uint64_t create_id,
                 time_point now);

  /// `response.done`. @param status completed, cancelled, incomplete, failed
  /// @param reason of a failed one the code of its error
  orders done(const std::string& response_id, std::string_view status,
              std::string_view reason, time_point now);

  /// An `error` event that names our create.
  orders refused(std::uint64_t create_id, std::string_view code,
                 time_point now);

  /// The caller interrupts: nothing that was wanted before is wanted any more.
  /// @param server_cancels whether the server cancels what is active by itself
  orders interrupt(bool server_cancels);

  /// What was asked for has come to nothing: it is cancelled, and asked for
  /// anew before all that waits.
  orders retry(time_point now);

  /// Asides have lost their sense: one that has not begun never will.
  void withdraw_asides();

  /// The caller's turn is to be heard once more, and answered then: no answer
  /// to it is wanted now.
  void withdraw_answers();

  /// What is due by now. Call it at `next_time`.
  orders due(time_point now);
  std::optional<time_point> next_time() const;

  /// A session is there: what was wanted meanwhile may go.
  orders session_ready(time_point now);

  /// The session is gone, and its responses with it; what was wanted stays.
  /// @param again whether that is wanted too which was being generated
  void session_lost(bool again);

  /// What was asked for, or is to be, and has not come yet, asides left out.
  /// @param active whether what is being generated is to be among it
  std::vector<response_request> unfinished(bool active) const;

  /// The response that is being generated, or an empty id.
  const std::string& active() const noexcept {
    return active_;
  }

  /// What the active one was asked for; empty where the server made it.
  const response_request& active_request() const noexcept {
    return active_request_;
  }

  /// Whether one is being generated, or asked for, or wanted.
  bool busy() const noexcept {
    return !active_.empty() || pending_ || !waiting_.empty() || retry_;
  }

  /// A create that has no outcome yet.
  const response_request* pending() const noexcept {
    return pending_ && !pending_->cancelled ? &pending_->what : nullptr;
  }

  /// Of the newest create.
  std::uint64_t last_id() const noexcept {
    return last_id_;
  }

  /// Requests given up: failed too often, or too many at once.
  std::uint64_t given_up() const noexcept {
    return given_up_;
  }

private:
  struct asked {
    std::uint64_t id = 0;
    response_request what;
    bool cancelled = false; ///< to be cancelled as soon as it has a name
  };

  struct later {
    time_point at;
    response_request what;
  };

  void next(orders& out);
  void fail(std::string_view reason, const response_request& what,
            time_point now);

  limits limits_;
  std::uint64_t last_id_;
  bool ready_ = false; // There is a session.

  std::string active_;
  response_request active_request_;
  bool cancel_sent_ = false; // for the active one

  std::optional<asked> pending_;
  std::deque<response_request> waiting_;
  std::optional<later> retry_;
  std::optional<time_point> unseen_until_; // a response that we never saw
  std::optional<time_point> answer_due_;   // or the caller's turn is ours
  std::uint32_t failures_ = 0;             // in a row
  std::uint64_t given_up_ = 0;
};

} // namespace offhook::actors
