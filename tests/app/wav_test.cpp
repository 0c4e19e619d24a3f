#define CAF_SUITE app.wav

#include "app/wav.hpp"

#include "protocol/g711.hpp"

#include "caf/test/dsl.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <unistd.h>

using namespace offhook;
namespace fs = std::filesystem;

namespace {

struct fixture {
  fs::path dir = fs::temp_directory_path()
                 / ("offhook-wav-test-" + std::to_string(::getpid()));

  fixture() {
    fs::create_directories(dir);
  }

  ~fixture() {
    fs::remove_all(dir);
  }

  static std::string content(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  static std::uint32_t number(const std::string& text, std::size_t at,
                              std::size_t bytes) {
    std::uint32_t result = 0;
    for (std::size_t i = 0; i < bytes; ++i)
      result
        |= static_cast<std::uint32_t>(static_cast<unsigned char>(text[at + i]))
           << (8 * i);
    return result;
  }

  std::size_t files() const {
    return static_cast<std::size_t>(
      std::distance(fs::directory_iterator{dir}, fs::directory_iterator{}));
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(wav_tests, fixture)

CAF_TEST(two tracks are stereo PCM of 16 bits and 8 kHz) {
  std::vector<std::byte> left{std::byte{0x00}, std::byte{0x80},
                              std::byte{0xFF}};
  std::vector<std::byte> right{std::byte{0x10}};
  auto path = dir / "a.wav";
  auto error = app::write_wav(path, left, right);
  CAF_CHECK(!error);
  auto text = content(path);
  CAF_REQUIRE_EQUAL(text.size(), 44u + 12);
  CAF_CHECK_EQUAL(text.substr(0, 4), "RIFF");
  CAF_CHECK_EQUAL(number(text, 4, 4), text.size() - 8);
  CAF_CHECK_EQUAL(text.substr(8, 8), "WAVEfmt ");
  CAF_CHECK_EQUAL(number(text, 16, 4), 16u);
  CAF_CHECK_EQUAL(number(text, 20, 2), 1u);
  CAF_CHECK_EQUAL(number(text, 22, 2), 2u);
  CAF_CHECK_EQUAL(number(text, 24, 4), 8000u);
  CAF_CHECK_EQUAL(number(text, 28, 4), 32000u);
  CAF_CHECK_EQUAL(number(text, 32, 2), 4u);
  CAF_CHECK_EQUAL(number(text, 34, 2), 16u);
  CAF_CHECK_EQUAL(text.substr(36, 4), "data");
  CAF_CHECK_EQUAL(number(text, 40, 4), 12u);
  auto sample = [&](std::size_t i) {
    return static_cast<std::int16_t>(number(text, 44 + 2 * i, 2));
  };
  CAF_CHECK_EQUAL(sample(0), -32124);
  CAF_CHECK_EQUAL(sample(1), protocol::g711::decode(std::byte{0x10}));
  CAF_CHECK_EQUAL(sample(2), 32124);
  CAF_CHECK_EQUAL(sample(3), 0); // The shorter track is silent.
  CAF_CHECK_EQUAL(sample(4), 0);
  CAF_CHECK_EQUAL(files(), 1u);
}

CAF_TEST(an empty call is a valid file) {
  auto path = dir / "a.wav";
  CAF_CHECK(!app::write_wav(path, {}, {}));
  CAF_CHECK_EQUAL(content(path).size(), 44u);
}

CAF_TEST(an older file is replaced whole) {
  auto path = dir / "a.wav";
  std::ofstream{path} << std::string(100'000, 'x');
  CAF_CHECK(!app::write_wav(path, {}, {}));
  CAF_CHECK_EQUAL(content(path).size(), 44u);
  CAF_CHECK_EQUAL(files(), 1u);
}

CAF_TEST(what goes wrong is told and leaves nothing behind) {
  auto error = app::write_wav(dir / "none" / "a.wav", {}, {});
  CAF_REQUIRE(error);
  CAF_CHECK(error->find("No such file") != std::string::npos);
  fs::create_directories(dir / "taken" / "full");
  error = app::write_wav(dir / "taken", {}, {});
  CAF_CHECK(error);
  CAF_CHECK_EQUAL(files(), 1u);
  error = app::write_wav("/dev/full/a.wav", {}, {});
  CAF_CHECK(error);
}

CAF_TEST_FIXTURE_SCOPE_END()
