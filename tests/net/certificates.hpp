#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace offhook::net::test {

/// A certificate authority for one test: what it issues lies in a directory of
/// its own, which goes with it.
class test_ca {
public:
  test_ca();
  ~test_ca();
  test_ca(const test_ca&) = delete;
  test_ca& operator=(const test_ca&) = delete;

  struct issued {
    std::string cert_file;
    std::string key_file;
  };

  /// The authority's own certificate.
  std::string file() const;

  /// @param names as in subjectAltName: `DNS:localhost,IP:127.0.0.1`
  /// @param days from now on; negative: it has expired
  issued issue(const std::string& names, int days = 1) const;

private:
  struct identity;

  std::filesystem::path directory_;
  std::unique_ptr<identity> self_;
};

} // namespace offhook::net::test
