// The menu: what an answer means, which document comes next, and which
// configurations there are not.
#define CAF_SUITE app.menu

#include "app/menu.hpp"

#include <stdexcept>

#include <caf/test/dsl.hpp>

using namespace offhook;
using namespace offhook::app;

namespace twiml = offhook::protocol::twiml;

namespace {

const std::string url = "https://voice.example.com/menu";

struct fixture {
  fixture() {
    set("choices", "1=sales, 2=support");
    set("prompt", "Sales or support?");
  }

  void set(const std::string& key, const std::string& value) {
    CAF_REQUIRE_EQUAL(x.set("menu." + key, value, "test"), "");
  }

  menu read() {
    return menu{read_menu(x, {"sales", "support"})};
  }

  std::string document(std::uint32_t attempt, bool invalid = false) {
    return twiml::document(read().ask(url, attempt, invalid));
  }

  /// Why the configuration is refused with this value; empty: it is not.
  std::string why_not(const std::string& key, const std::string& value) {
    auto before = x.text("menu." + key);
    set(key, value);
    std::string result;
    try {
      read();
    } catch (const std::runtime_error& error) {
      result = error.what();
    }
    set(key, before);
    return result;
  }

  bool refused(const std::string& key, const std::string& value,
               const std::string& names) {
    auto why = why_not(key, value);
    CAF_MESSAGE(why);
    return why.find("'" + names + "'") != std::string::npos
           && why.find("(from test)") != std::string::npos;
  }

  settings x;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(menu_tests, fixture)

CAF_TEST(keys choose exactly) {
  auto it = read();
  CAF_CHECK_EQUAL(it.choose("1", ""), "sales");
  CAF_CHECK_EQUAL(it.choose("2", ""), "support");
  for (const auto* none : {"3", "12", "0", "#"})
    CAF_CHECK_EQUAL(it.choose(none, ""), "");
  CAF_CHECK_EQUAL(it.choose("3", "sales"), ""); // Keys are what was meant.
  CAF_CHECK_EQUAL(it.choose("", ""), "");
}

CAF_TEST(whole words choose) {
  set("words", "sales=billing|my invoice, support=b\xC3\xBCro|does not work");
  auto it = read();
  for (const auto* sales : {"Sales.", "I have a question about BILLING, please",
                            "it is my  invoice!", "1", "number 1"})
    CAF_CHECK_EQUAL(it.choose("", sales), "sales");
  for (const auto* support :
       {"support", "the B\xC3\xBCro", "It does not work.", "2"})
    CAF_CHECK_EQUAL(it.choose("", support), "support");
  for (const auto* none :
       {"wholesales", "invoice", "my other invoice", "12", "?", " ", "nothing",
        "sales or support", "not billing, it does not work"})
    CAF_CHECK_EQUAL(it.choose("", none), "");
  // Beyond a bound nobody listens.
  CAF_CHECK_EQUAL(it.choose("", std::string(100'000, 'a') + " sales"), "");
}

CAF_TEST(names with dashes are said as words) {
  x.set("menu.choices", "1=front-desk", "test");
  menu it{read_menu(x, {"front-desk"})};
  CAF_CHECK_EQUAL(it.choose("", "the front desk"), "front-desk");
}

CAF_TEST(attempts are counted in the query and bounded) {
  set("repeats", "2");
  auto it = read();
  CAF_CHECK_EQUAL(it.attempt_of(""), 0u);
  CAF_CHECK_EQUAL(it.attempt_of("1"), 1u);
  CAF_CHECK_EQUAL(it.attempt_of("3"), 3u);
  for (const auto* bad : {"0", "4", "-1", "1x", "x", "99999999999", " 1"})
    CAF_CHECK_EQUAL(it.attempt_of(bad), 3u);
  CAF_CHECK(it.may_repeat(2));
  CAF_CHECK(!it.may_repeat(3));
}

CAF_TEST(the document asks and falls through to the next attempt) {
  CAF_CHECK_EQUAL(
    document(0),
    R"(<?xml version="1.0" encoding="UTF-8"?><Response><Gather input="dtmf")"
    R"( action="https://voice.example.com/menu?attempt=1" timeout="5")"
    R"( numDigits="1"><Say>Sales or support?</Say></Gather>)"
    R"(<Redirect method="POST">https://voice.example.com/menu?attempt=1)"
    R"(</Redirect></Response>)");
  set("input", "both");
  set("language", "de-DE");
  set("timeout", "6500ms");
  set("choices", "1=sales,22=support");
  set("words", "sales=billing|invoice");
  set("invalid", "No.");
  CAF_CHECK_EQUAL(
    document(1, true),
    R"(<?xml version="1.0" encoding="UTF-8"?><Response>)"
    R"(<Gather input="dtmf speech")"
    R"( action="https://voice.example.com/menu?attempt=2" timeout="7")"
    R"( speechTimeout="auto" language="de-DE")"
    R"( hints="sales,billing,invoice,support">)"
    R"(<Say language="de-DE">No. Sales or support?</Say></Gather>)"
    R"(<Redirect method="POST">https://voice.example.com/menu?attempt=2)"
    R"(</Redirect></Response>)");
  set("input", "speech");
  set("choices", "1=sales,2=support");
  CAF_CHECK_EQUAL(document(0).find("numDigits"), std::string::npos);
}

CAF_TEST(a menu that cannot work is refused by name) {
  CAF_CHECK(refused("choices", "1=sails", "menu.choices"));
  CAF_CHECK(why_not("choices", "1=sails").find("default sales support")
            != std::string::npos);
  CAF_CHECK(refused("choices", "1=", "menu.choices"));
  CAF_CHECK(refused("choices", "=sales", "menu.choices"));
  CAF_CHECK(refused("choices", "#=sales", "menu.choices"));
  CAF_CHECK(refused("choices", "123456789=sales", "menu.choices"));
  CAF_CHECK(refused("choices", "1=sales,1=support", "menu.choices"));
  CAF_CHECK(refused("words", "sails=x", "menu.words"));
  CAF_CHECK(refused("words", "sales=", "menu.words"));
  CAF_CHECK(refused("otherwise", "sails", "menu.otherwise"));
  CAF_CHECK_EQUAL(why_not("otherwise", ""), "");
  CAF_CHECK_EQUAL(why_not("choices", "1=default"), "");
  CAF_CHECK_EQUAL(why_not("choices", ""), "");
  set("enabled", "true");
  CAF_CHECK(refused("choices", "", "menu.choices"));
}

CAF_TEST_FIXTURE_SCOPE_END()
