#define CAF_SUITE app.config

#include "app/config.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <caf/test/dsl.hpp>

#include "app/secrets.hpp"

using namespace offhook::app;

namespace {

struct fixture {
  std::filesystem::path file
    = std::filesystem::temp_directory_path()
      / ("offhook-config-test-" + std::to_string(::getpid()) + ".conf");

  ~fixture() {
    std::filesystem::remove(file);
  }

  std::string with_file(const std::string& text,
                        std::vector<std::string> args = {}) {
    std::ofstream{file} << text;
    args.push_back("--config-file=" + file.string());
    config cfg;
    auto error = cfg.read(args);
    port = cfg.values().integer("http.port");
    return error;
  }

  static bool has(const std::string& text,
                  std::initializer_list<std::string> parts) {
    for (const auto& x : parts)
      if (text.find(x) == std::string::npos)
        return false;
    return true;
  }

  std::int64_t port = 0;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(config_tests, fixture)

CAF_TEST(defaults are values of their keys) {
  for (const auto& x : all_settings()) {
    CAF_MESSAGE(std::string{x.key});
    CAF_CHECK_EQUAL(check_value(x, x.default_value), "");
    CAF_CHECK(!x.help.empty());
  }
}

CAF_TEST(every key is taken on the command line) {
  std::ofstream{file} << "";
  for (const auto& x : all_settings()) {
    config cfg;
    auto key = key_for(x, "some-name");
    auto arg = "--" + key + '=' + std::string{x.default_value};
    CAF_MESSAGE(arg);
    CAF_CHECK_EQUAL(cfg.read({arg, "--config-file=" + file.string()}), "");
    CAF_CHECK_EQUAL(cfg.values().origin(key), "command line");
  }
}

CAF_TEST(the command line wins over the file) {
  CAF_CHECK_EQUAL(with_file("http { port = 6000 }"), "");
  CAF_CHECK_EQUAL(port, 6000);
  CAF_CHECK_EQUAL(with_file("http { port = 6000 }", {"--http.port=6001"}), "");
  CAF_CHECK_EQUAL(port, 6001);
  CAF_CHECK_EQUAL(with_file("agents { default { vad { threshold = 0.7 } } }\n"
                            "call { max-duration = 10min }\n"
                            "shards = 1\n"
                            "caf { scheduler { max-throughput = 100 } }"),
                  "");
}

CAF_TEST(an error names key value range and origin) {
  CAF_CHECK(has(with_file("http { port = 70000 }"),
                {"http.port", "70000", "0 to 65535", file.string()}));
  CAF_CHECK(has(with_file("", {"--http.port=many"}),
                {"http.port", "many", "0 to 65535", "command line"}));
  CAF_CHECK(has(with_file("http { prot = 1 }"), {"http.prot", file.string()}));
  CAF_CHECK(has(with_file("", {"--nonsense=1"}), {"nonsense", "command line"}));
  CAF_CHECK(has(with_file("", {"leftover"}), {"leftover"}));
  CAF_CHECK(has(with_file("", {"--http.port"}), {"--http.port"}));
  CAF_CHECK(has(with_file("caf { nonsense = 1 }"), {"caf.nonsense"}));
  CAF_CHECK(has(with_file("twilio { verify-upgrade = \"perhaps\" }"),
                {"twilio.verify-upgrade", "off log enforce"}));
  CAF_CHECK(has(with_file("call { max-duration = 3 }"), {"duration"}));
  CAF_CHECK(has(with_file("agents { default { speed = 9.0 } }"),
                {"agents.default.speed", "0.25 to 1.5"}));
  CAF_CHECK(has(with_file("", {"--http.address=here"}),
                {"http.address", "here", "IP address"}));
  for (const auto* bad : {"voice.example.com", "wss://voice.example.com",
                          "https://voice.example.com/path",
                          "https://voice.example.com?a=b", "https://"})
    CAF_CHECK(has(with_file("", {std::string{"--http.public-url="} + bad}),
                  {"http.public-url", bad, "origin"}));
  for (const auto* bad : {"nonsense", "https://api.openai.com/v1/realtime",
                          "wss://user:secret@host/", "ws://host:99999/"})
    CAF_CHECK(has(with_file("", {std::string{"--openai.url="} + bad}),
                  {"openai.url", bad, "wss://"}));
  CAF_CHECK(has(with_file("", {"--http.tls.key-file=key.pem"}),
                {"http.tls.cert-file", "key.pem", "command line"}));
  CAF_CHECK(has(with_file("", {"--openai.provider=azure"}),
                {"openai.url", "is missing", "azure", "command line"}));
  CAF_CHECK(has(with_file("", {"--openai.provider=azure",
                               "--openai.url=wss://a/openai/v1/realtime?"
                               "api-version=1"}),
                {"openai.url", "api-version"}));
  CAF_CHECK_EQUAL(with_file("", {"--openai.provider=azure",
                                 "--openai.url=wss://a/openai/v1/realtime"}),
                  "");
  CAF_CHECK(has(with_file("", {"--http.tls.cert-file=cert.pem"}),
                {"http.tls.key-file", "cert.pem"}));
  for (const auto* good : {"https://voice.example.com",
                           "https://voice.example.com/", "http://10.0.0.1:80"})
    CAF_CHECK_EQUAL(with_file("", {std::string{"--http.public-url="} + good}),
                    "");
  // What CAF would drop without a word.
  CAF_CHECK(has(with_file("shards = 1\nhttp.port = 6000"),
                {"line 2", "'http.port'", file.string()}));
  CAF_CHECK(has(with_file("prices { gpt-realtime-2.1 { text-in = 4.0 } }"),
                {"'gpt-realtime-2.1'"}));
  CAF_CHECK_EQUAL(with_file("# a.b = 1\nopenai { model = \"a.b\" }\n"
                            "agents { default { speed = 0.5 } }"),
                  "");
  CAF_CHECK(has(with_file("http = = 5"), {file.string()}));
  config cfg;
  CAF_CHECK(has(cfg.read({"--config-file=/no/such/file"}), {"/no/such/file"}));
}

CAF_TEST(the example file holds every key with its default) {
  std::string args = "--config-file=" OFFHOOK_SOURCE_DIR
                     "/caf-application.conf";
  config cfg;
  CAF_REQUIRE_EQUAL(cfg.read({args}), "");
  for (const auto& x : all_settings()) {
    CAF_MESSAGE(std::string{x.key});
    // What things cost has no default, and of a behaviour's section the
    // behaviour knows it.
    auto price = x.key.starts_with("prices.");
    auto section = x.key == "behaviours.*";
    auto key = key_for(x, price     ? "gpt-realtime-2.1"
                          : section ? "transcript.unheard"
                                    : "default");
    CAF_CHECK(!cfg.values().is_default(key)); // It stands in the file ...
    if (price || section)
      continue;
    std::string reread = cfg.values().text(key);
    settings plain;
    plain.set(key, reread, "test");
    if (x.kind == value_kind::duration)
      CAF_CHECK_EQUAL(plain.milliseconds(key), settings{}.milliseconds(key));
    else if (x.kind == value_kind::real)
      CAF_CHECK_EQUAL(plain.real(key), settings{}.real(key));
    else
      CAF_CHECK_EQUAL(reread, std::string{x.default_value});
  }
}

CAF_TEST(agents have what the default one has unless they say otherwise) {
  std::ofstream{file} << "agents {\n"
                         "  default { voice = \"cedar\", speed = 1.2 }\n"
                         "  sales { speed = 0.9, vad { threshold = 0.8 } }\n"
                         "}\n"
                         "prices { \"gpt-realtime-2.1\" { text-in = 4.0 } }\n";
  config cfg;
  CAF_REQUIRE_EQUAL(cfg.read({"--config-file=" + file.string(),
                              "--agents.support.greeting=Hello."}),
                    "");
  const auto& x = cfg.values();
  CAF_CHECK(x.names("agents")
            == (std::vector<std::string>{"default", "sales", "support"}));
  CAF_CHECK_EQUAL(x.text("agents.sales.voice"), "cedar");
  CAF_CHECK_EQUAL(x.real("agents.sales.speed"), 0.9);
  CAF_CHECK_EQUAL(x.real("agents.support.speed"), 1.2);
  CAF_CHECK_EQUAL(x.real("agents.sales.vad.threshold"), 0.8);
  CAF_CHECK_EQUAL(x.real("agents.support.vad.threshold"), 0.5);
  CAF_CHECK_EQUAL(x.text("agents.support.greeting"), "Hello.");
  CAF_CHECK_EQUAL(x.origin("agents.sales.voice"), file.string());
  CAF_CHECK(x.names("prices")
            == (std::vector<std::string>{"gpt-realtime-2.1"}));
  CAF_CHECK_EQUAL(x.real("prices.gpt-realtime-2.1.text-in"), 4.0);
  CAF_CHECK(has(with_file("agents { sales { vioce = \"cedar\" } }"),
                {"agents.sales.vioce", file.string()}));
  CAF_CHECK(has(with_file("", {"--agents.a.b.voice=x"}), {"agents.a.b.voice"}));
}

CAF_TEST(dotenv files) {
  std::string error;
  auto x = parse_dotenv("# a comment\n\nA=1\nexport B=\"two words\"\r\n"
                        "C='x#y' \nD=plain # comment\nE=\n",
                        error);
  CAF_CHECK_EQUAL(error, "");
  CAF_CHECK_EQUAL(x["A"], "1");
  CAF_CHECK_EQUAL(x["B"], "two words");
  CAF_CHECK_EQUAL(x["C"], "x#y");
  CAF_CHECK_EQUAL(x["D"], "plain");
  CAF_CHECK_EQUAL(x["E"], "");
  x = parse_dotenv("A= # fill in\nB=  #fill in\nC=\"x\" # note\nD=a#b\n"
                   "E=a #b #c\nF='it is \"so\"'\t# note\nG=\"\"\nH=\t# x\n",
                   error);
  CAF_CHECK_EQUAL(error, "");
  CAF_CHECK_EQUAL(x["A"], ""); // A comment never becomes a secret.
  CAF_CHECK_EQUAL(x["B"], "");
  CAF_CHECK_EQUAL(x["C"], "x");
  CAF_CHECK_EQUAL(x["D"], "a#b");
  CAF_CHECK_EQUAL(x["E"], "a");
  CAF_CHECK_EQUAL(x["F"], "it is \"so\"");
  CAF_CHECK_EQUAL(x["G"], "");
  CAF_CHECK_EQUAL(x["H"], "");
  for (const auto* bad : {"A=\"secret", "A='secret' secret", "A=\"a\"b"}) {
    error.clear();
    parse_dotenv(bad, error);
    CAF_CHECK_EQUAL(error,
                    "line 1: the value of A has a quote without its pair");
  }
  error.clear();
  parse_dotenv("A=1\nsecret without a name\n", error);
  CAF_CHECK_EQUAL(error, "line 2 is no NAME=value");
}

CAF_TEST_FIXTURE_SCOPE_END()
