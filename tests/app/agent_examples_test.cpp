// The agents of docs/agents.md, each loaded as it stands there and played on
// virtual time by a scenario in tests/data/agents.
#define CAF_SUITE app.agent_examples

#include "tests/app/scenario_stage.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/config.hpp"
#include "app/scenario_judge.hpp"
#include "app/scenario_reader.hpp"
#include "app/webhook_tools.hpp"

using namespace offhook;
using namespace offhook::app;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file{path};
  CAF_REQUIRE(file.is_open());
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The configurations that the page shows, in its order.
std::vector<std::string> examples() {
  const auto page = read_file(OFFHOOK_SOURCE_DIR "/docs/agents.md");
  const std::string fence = "\n```\n";
  std::vector<std::string> result;
  for (auto at = page.find(fence); at != page.npos; at = page.find(fence, at)) {
    at += fence.size();
    auto end = page.find(fence, at);
    CAF_REQUIRE(end != page.npos);
    result.push_back(page.substr(at, end + 1 - at));
    at = end + fence.size() - 1;
  }
  return result;
}

struct fixture : tests::scenario_stage {
  std::filesystem::path file
    = std::filesystem::temp_directory_path()
      / ("offhook-example-" + std::to_string(::getpid()) + ".conf");

  ~fixture() {
    std::filesystem::remove(file);
  }

  /// All that a configuration sets, as a scenario has it.
  std::map<std::string, std::string> load(const std::string& text) {
    std::ofstream{file} << text;
    config cfg;
    CAF_REQUIRE_EQUAL(cfg.read({"--config-file=" + file.string()}), "");
    const auto& values = cfg.values();
    std::map<std::string, std::string> result;
    auto take = [&](const std::string& key) {
      if (!values.is_default(key))
        result[key] = values.text(key);
    };
    for (const auto& x : all_settings()) {
      auto star = x.key.find(".*");
      if (star == x.key.npos)
        take(std::string{x.key});
      else
        for (const auto& name : values.names(x.key.substr(0, star)))
          take(key_for(x, name));
    }
    return result;
  }

  void plays(std::size_t index, const std::string& name) {
    const auto all = examples();
    CAF_REQUIRE_EQUAL(all.size(), 3u);
    auto path = OFFHOOK_TEST_DATA_DIR "/agents/" + name + ".json";
    auto what = read_scenario(name, read_file(path), path);
    const auto loaded = load(all[index]);
    CAF_CHECK(!loaded.empty());
    what.gateway = {loaded.begin(), loaded.end()};
    const auto run = play(what);
    for (const auto& x : judge(what, run)) {
      CAF_MESSAGE(to_string(x));
      CAF_CHECK(x.good);
    }
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(agent_examples, fixture)

CAF_TEST(the receptionist puts callers through and takes them back) {
  plays(0, "receptionist");
}

CAF_TEST(somebody makes appointments) {
  plays(1, "appointments");
}

CAF_TEST(somebody is reminded) {
  plays(2, "reminder");
}

CAF_TEST_FIXTURE_SCOPE_END()

CAF_TEST(what the query of the voice URL says is bounded) {
  webhook hook;
  hook.query = {{"agent", "x"},
                {"token", "forged"},
                {"name", "Ada"},
                {"bad name", "x"},
                {std::string(65, 'n'), "x"},
                {"long", std::string(257, 'x')},
                {"full", std::string(256, 'x')}};
  auto got = custom_parameters(hook);
  CAF_CHECK_EQUAL(got.size(), 2u);
  CAF_CHECK_EQUAL(got["name"], "Ada");
  CAF_CHECK_EQUAL(got["full"].size(), 256u);
  for (int i = 0; i < 30; ++i)
    hook.query.emplace_back("n" + std::to_string(i), "x");
  CAF_CHECK_EQUAL(custom_parameters(hook).size(), 16u);
}
