// The entry: picks the subcommand, which is taken off before CAF reads the
// rest.

#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "actors/message_types.hpp"
#include "app/commands.hpp"

int main(int argc, char** argv) {
  using namespace offhook::app;
  // A peer that went away is told by the write's error.
  std::signal(SIGPIPE, SIG_IGN);
  offhook::actors::register_message_types();
  std::vector<std::string> args(argv + 1, argv + argc);
  std::string command = "help";
  if (!args.empty()) {
    command = args.front();
    args.erase(args.begin());
  }
  if (command == "serve")
    return serve_command(args);
  if (command == "demo")
    return demo_command(args);
  if (command == "demo-agent")
    return demo_agent_command(args);
  if (command == "demo-caller")
    return demo_caller_command(args);
  auto is_help = command == "help" || command == "--help" || command == "-h";
  auto is_version = command == "version" || command == "--version";
  if ((is_help || is_version) && !args.empty()) {
    std::cerr << "offhook: unexpected argument '" << args.front() << "'\n";
    return 2;
  }
  if (is_version) {
    std::cout << "offhook " OFFHOOK_VERSION "\n";
    return 0;
  }
  if (is_help) {
    print_help(std::cout);
    return 0;
  }
  std::cerr << "offhook: unknown command '" << command
            << "': it must be one of serve, demo, demo-agent, demo-caller, "
               "version, help\n";
  return 2;
}
