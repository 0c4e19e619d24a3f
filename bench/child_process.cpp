#include "bench/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace offhook::bench {

child_process::child_process(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  std::vector<char*> args;
  for (const auto& x : command)
    args.push_back(const_cast<char*>(x.c_str()));
  args.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0)
    throw std::runtime_error("no process");
  if (pid_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    setenv("OPENAI_API_KEY", "bench", 1); // The demo agent takes any.
    unsetenv("TWILIO_AUTH_TOKEN");
    execv(args[0], args.data());
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
}

child_process::~child_process() {
  stop();
  if (output_ >= 0)
    close(output_);
}

std::string child_process::wait_for(const std::string& key) {
  std::string text;
  char c = 0;
  while (read(output_, &c, 1) == 1) {
    text += c;
    auto at = text.find(key);
    if (at == std::string::npos || (c != ' ' && c != '\n'))
      continue;
    auto begin = at + key.size();
    auto end = text.find_first_of(" \n", begin);
    if (end == std::string::npos)
      continue;
    // Nobody reads on: a full pipe would stop the process's log.
    close(output_);
    output_ = -1;
    return text.substr(begin, end - begin);
  }
  throw std::runtime_error("the process ended without '" + key + "':\n" + text);
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

int child_process::stop() {
  if (pid_ <= 0)
    return 0;
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

} // namespace offhook::bench
