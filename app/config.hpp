#pragma once

#include <string>
#include <vector>

#include <caf/actor_system_config.hpp>

#include "app/settings.hpp"

namespace offhook::app {

/// CAF's configuration with our keys: `caf-application.conf` in the working
/// directory or `--config-file=FILE`, and every key on the command line, which
/// wins. Keys of CAF's own (`caf.*`) work as CAF documents them.
class config : public caf::actor_system_config {
public:
  config();

  /// Reads file and command line. Nothing is taken silently: a leftover
  /// argument, an unknown key and a bad value are errors.
  /// @returns an error text for people, naming key, value, what is allowed and
  ///          where it came from; empty: all is well
  std::string read(std::vector<std::string> args);

  /// The same without any file: for the demo, which depends on nothing.
  std::string read_arguments(const std::vector<std::string>& args);

  const settings& values() const noexcept {
    return values_;
  }

  /// For tests and the demo, which configure themselves.
  settings& values() noexcept {
    return values_;
  }

private:
  std::string read_file(const std::string& path, bool must_exist);
  std::string read_argument(const std::string& arg);

  /// Gives CAF what was checked. @returns an error text, or an empty one
  std::string hand_over(std::vector<std::string> args, std::istream& file);

  settings values_;
};

} // namespace offhook::app
