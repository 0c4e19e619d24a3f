#include "bench/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace offhook::bench {

child_process::child_process(std::vector<std::string> command,
                             std::size_t kept_output)
  : kept_output_(kept_output) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  command.front() = std::filesystem::absolute(command.front()).string();
  std::string pattern = std::filesystem::temp_directory_path()
                        / "offhook-bench-XXXXXX";
  if (!mkdtemp(pattern.data()))
    throw std::runtime_error("no directory");
  directory_ = pattern;
  std::vector<char*> args;
  for (auto& x : command)
    args.push_back(x.data());
  args.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0)
    throw std::runtime_error("no process");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM); // Also where we end without a word.
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    for (const auto* name : {"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN",
                             "OFFHOOK_API_TOKEN", "OFFHOOK_FLEET_KEY"})
      unsetenv(name);
    setenv("OPENAI_API_KEY", "bench", 1); // The demo agent takes any.
    if (chdir(directory_.c_str()) == 0)
      execv(args[0], args.data());
    _exit(127);
  }
  close(ends[1]);
  pipe_ = ends[0];
  reader_ = std::thread{[this] { read_all(); }};
}

child_process::~child_process() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void child_process::read_all() {
  char buffer[4096];
  for (;;) {
    auto size = read(pipe_, buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR)
      continue;
    std::lock_guard guard{mutex_};
    over_ = size <= 0;
    if (!over_) {
      text_.append(buffer, static_cast<std::size_t>(size));
      if (text_.size() > 2 * kept_output_) // Not with every piece.
        text_.erase(0, text_.size() - kept_output_);
    }
    grown_.notify_all();
    if (over_)
      return;
  }
}

std::string child_process::wait_for(const std::string& key) {
  std::unique_lock guard{mutex_};
  std::string found;
  auto is_there = [&] {
    auto at = text_.find(key);
    if (at == std::string::npos)
      return false;
    auto begin = at + key.size();
    auto end = text_.find_first_of(" \n", begin);
    if (end == std::string::npos)
      return false;
    found = text_.substr(begin, end - begin);
    return true;
  };
  grown_.wait(guard, [&] { return is_there() || over_; });
  if (found.empty())
    throw std::runtime_error("the process ended without '" + key + "':\n"
                             + text_);
  return found;
}

std::string child_process::output() {
  std::lock_guard guard{mutex_};
  return text_;
}

std::string child_process::lines_with(std::string_view part,
                                      std::size_t count) {
  std::lock_guard guard{mutex_};
  std::deque<std::string_view> found;
  for (auto at = text_.find(part); at != std::string::npos;) {
    auto begin = text_.rfind('\n', at) + 1; // Also where there is none.
    auto end = std::min(text_.find('\n', at), text_.size());
    found.push_back(std::string_view{text_}.substr(begin, end - begin));
    if (found.size() > count)
      found.pop_front();
    at = text_.find(part, end);
  }
  std::string result;
  for (auto line : found)
    (result += line) += '\n';
  return result;
}

std::uint64_t child_process::number_after(const std::string& key) {
  auto text = output();
  auto at = text.find(key);
  std::uint64_t result = 0;
  if (at != std::string::npos)
    std::from_chars(text.data() + at + key.size(), text.data() + text.size(),
                    result);
  return result;
}

double child_process::cpu_seconds() const {
  std::ifstream file{"/proc/" + std::to_string(pid_) + "/stat"};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  // The name, which may hold anything, ends with the last parenthesis.
  std::istringstream fields{text.substr(text.rfind(')') + 2)};
  std::string skipped;
  for (int i = 0; i < 11; ++i)
    fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::uint64_t child_process::resident_bytes() const {
  std::ifstream file{"/proc/" + std::to_string(pid_) + "/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::size_t child_process::open_files() const {
  std::error_code ignored;
  std::filesystem::directory_iterator all{
    "/proc/" + std::to_string(pid_) + "/fd", ignored};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

void child_process::suspend() {
  int status = 0;
  if (pid_ <= 0 || kill(pid_, SIGSTOP) != 0
      || waitpid(pid_, &status, WUNTRACED) != pid_)
    throw std::runtime_error("the process cannot be stopped");
  if (!WIFSTOPPED(status)) {
    pid_ = -1; // It has ended, and is reaped.
    throw std::runtime_error("the process has ended:\n" + output());
  }
}

void child_process::resume() {
  if (pid_ > 0)
    kill(pid_, SIGCONT);
}

int child_process::stop() {
  if (pid_ > 0)
    kill(pid_, SIGTERM);
  resume();
  return wait();
}

int child_process::wait() {
  int status = 0;
  if (pid_ > 0)
    waitpid(pid_, &status, 0);
  pid_ = -1;
  if (!reader_.joinable())
    return 0;
  reader_.join(); // The pipe ends with the process.
  close(pipe_);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

} // namespace offhook::bench
