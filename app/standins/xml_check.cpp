#include "app/standins/xml_check.hpp"

#include <algorithm>
#include <vector>

namespace offhook::app::standins {

namespace {

constexpr std::string_view spaces = " \t\r\n";

bool is_space(char c) {
  return spaces.find(c) != std::string_view::npos;
}

// Names of TwiML are ASCII; other letters only stand in texts.
bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'
         || c == ':';
}

bool is_entity(std::string_view name) {
  if (name == "amp" || name == "lt" || name == "gt" || name == "quot"
      || name == "apos")
    return true;
  if (!name.starts_with('#'))
    return false;
  const bool hex = name.starts_with("#x");
  name.remove_prefix(hex ? 2 : 1);
  const std::string_view digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
  return !name.empty() && name.size() <= 7
         && name.find_first_not_of(digits) == std::string_view::npos;
}

/// One pass over a document, by hand and without recursion.
class checker {
public:
  checker(std::string_view text, std::size_t max_depth)
    : rest_(text),
      max_depth_(max_depth) {
    // nop
  }

  std::optional<std::string> run() {
    if (rest_.starts_with("<?xml") && !skip_behind("?>"))
      return "the XML declaration has no end";
    while (!rest_.empty() && why_.empty()) {
      if (!rest_.starts_with('<'))
        check_text();
      else if (rest_.starts_with("<!--"))
        skip("<!--", "-->");
      else if (rest_.starts_with("<![CDATA["))
        check_cdata();
      else if (rest_.starts_with("<?"))
        skip("<?", "?>");
      else if (rest_.starts_with("<!"))
        fail("a document type");
      else if (rest_.starts_with("</"))
        check_end_tag();
      else
        check_start_tag();
    }
    if (why_.empty() && !open_.empty())
      fail("no end of <" + std::string{open_.back()} + ">");
    if (why_.empty() && !had_root_)
      fail("no element");
    if (why_.empty())
      return std::nullopt;
    return why_;
  }

private:
  void fail(std::string why) {
    why_ = std::move(why);
  }

  bool skip_behind(std::string_view what) {
    const auto at = rest_.find(what);
    if (at == std::string_view::npos)
      return false;
    rest_.remove_prefix(at + what.size());
    return true;
  }

  void skip(std::string_view begin, std::string_view end) {
    rest_.remove_prefix(begin.size());
    if (!skip_behind(end))
      fail("no end of " + std::string{begin});
  }

  std::string_view take_name() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_name_char);
    const auto name
      = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(name.size());
    return name;
  }

  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_.front()))
      rest_.remove_prefix(1);
  }

  void check_cdata() {
    if (open_.empty())
      fail("text outside of the element");
    else
      skip("<![CDATA[", "]]>");
  }

  void check_entities(std::string_view text) {
    for (auto at = text.find('&'); at != std::string_view::npos;
         at = text.find('&')) {
      text.remove_prefix(at + 1);
      if (!is_entity(text.substr(0, text.find(';')))
          || text.find(';') == std::string_view::npos)
        return fail("an & that begins no entity");
    }
  }

  void check_text() {
    const auto text = rest_.substr(0, rest_.find('<'));
    rest_.remove_prefix(text.size());
    if (open_.empty() && !std::all_of(text.begin(), text.end(), is_space))
      fail("text outside of the element");
    else
      check_entities(text);
  }

  void check_end_tag() {
    rest_.remove_prefix(2);
    const auto name = take_name();
    skip_spaces();
    if (!rest_.starts_with('>') || open_.empty() || open_.back() != name)
      return fail("the end tag </" + std::string{name} + "> ends nothing");
    rest_.remove_prefix(1);
    open_.pop_back();
  }

  void check_start_tag() {
    rest_.remove_prefix(1);
    const auto name = take_name();
    if (name.empty())
      return fail("a < that begins no tag");
    if (open_.empty() && had_root_)
      return fail("a second element");
    if (open_.size() == max_depth_)
      return fail("too many levels");
    had_root_ = true;
    std::vector<std::string_view> names;
    for (;;) {
      const bool spaced = !rest_.empty() && is_space(rest_.front());
      skip_spaces();
      if (rest_.starts_with('>')) {
        rest_.remove_prefix(1);
        open_.push_back(name);
        return;
      }
      if (rest_.starts_with("/>"))
        return rest_.remove_prefix(2);
      if (!spaced || !check_attribute(names)) {
        if (why_.empty())
          fail("the tag <" + std::string{name} + "> is malformed");
        return;
      }
    }
  }

  bool check_attribute(std::vector<std::string_view>& names) {
    const auto name = take_name();
    skip_spaces();
    if (name.empty() || !rest_.starts_with('='))
      return false;
    rest_.remove_prefix(1);
    skip_spaces();
    if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\''))
      return false;
    const char quote = rest_.front();
    rest_.remove_prefix(1);
    const auto end = rest_.find(quote);
    if (end == std::string_view::npos)
      return false;
    const auto value = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    if (value.find('<') != std::string_view::npos
        || std::find(names.begin(), names.end(), name) != names.end())
      return false;
    names.push_back(name);
    check_entities(value);
    return why_.empty();
  }

  std::string_view rest_;
  const std::size_t max_depth_;
  std::vector<std::string_view> open_;
  bool had_root_ = false;
  std::string why_;
};

} // namespace

std::optional<std::string> find_xml_fault(std::string_view text,
                                          std::size_t max_depth) {
  return checker{text, max_depth}.run();
}

} // namespace offhook::app::standins
