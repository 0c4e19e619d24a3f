#include "app/logging.hpp"

#include <memory>

#include <iostream>

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace offhook::app {

namespace {

constexpr std::size_t queue_lines = 8192;

/// The message with quotes and control characters escaped: `%*`.
class escaped_message : public spdlog::custom_flag_formatter {
public:
  explicit escaped_message(bool json) : json_(json) {
  }

  void format(const spdlog::details::log_msg& msg, const std::tm&,
              spdlog::memory_buf_t& out) override {
    constexpr const char* hex = "0123456789abcdef";
    for (auto c : msg.payload) {
      auto code = static_cast<unsigned char>(c);
      if (json_ && (c == '"' || c == '\\')) {
        out.push_back('\\');
        out.push_back(c);
      } else if (code < 0x20 || code == 0x7f) {
        for (auto x : {'\\', 'u', '0', '0', hex[code >> 4], hex[code & 15]})
          out.push_back(x);
      } else {
        out.push_back(c);
      }
    }
  }

  std::unique_ptr<spdlog::custom_flag_formatter> clone() const override {
    return std::make_unique<escaped_message>(json_);
  }

private:
  bool json_;
};

} // namespace

void start_logging(const std::string& level, const std::string& format) {
  auto json = format == "json";
  spdlog::init_thread_pool(queue_lines, 1);
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::async_logger>(
    "offhook", sink, spdlog::thread_pool(),
    spdlog::async_overflow_policy::overrun_oldest);
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<escaped_message>('*', json);
  formatter->set_pattern(
    json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":"%*"})"
         : "%Y-%m-%dT%H:%M:%S.%e%z %-5l %*");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void stop_logging() {
  // The thread that writes is joined before the logger goes, and with it what
  // that thread may still have its hands on.
  auto logger = spdlog::default_logger();
  auto pool = spdlog::thread_pool();
  auto lost = pool ? pool->overrun_counter() : 0;
  pool.reset();
  if (lost > 0)
    std::cerr << "offhook: " << lost << " log lines were lost, faster than "
              << "they could be written\n";
  spdlog::shutdown();
}

} // namespace offhook::app
