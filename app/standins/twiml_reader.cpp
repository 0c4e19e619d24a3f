#include "app/standins/twiml_reader.hpp"

#include <exception>
#include <sstream>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>

#include "app/standins/xml_check.hpp"

namespace offhook::app::standins {

namespace pt = boost::property_tree;

namespace {

constexpr std::size_t max_bytes = std::size_t{64} * 1024;
constexpr std::size_t max_depth = 16;

twiml_element to_element(const std::string& name, const pt::ptree& tree) {
  twiml_element result;
  result.name = name;
  result.text = tree.data();
  for (const auto& [key, child] : tree) {
    if (key != "<xmlattr>") {
      result.children.push_back(to_element(key, child));
      continue;
    }
    for (const auto& [attribute, value] : child)
      result.attributes.emplace_back(attribute, value.data());
  }
  return result;
}

twiml_document read_checked(std::string_view text) {
  std::istringstream in{std::string{text}};
  pt::ptree tree;
  pt::read_xml(in, tree,
               pt::xml_parser::no_comments | pt::xml_parser::trim_whitespace);
  if (tree.size() != 1 || tree.front().first != "Response")
    throw std::runtime_error{"the root element is not <Response>"};
  auto root = to_element("Response", tree.front().second);
  if (!root.text.empty())
    throw std::runtime_error{"text between the verbs"};
  return {std::move(root.children)};
}

} // namespace

std::optional<std::string_view>
twiml_element::attribute(std::string_view wanted) const noexcept {
  for (const auto& [key, value] : attributes)
    if (key == wanted)
      return value;
  return std::nullopt;
}

const twiml_element*
twiml_element::child(std::string_view wanted) const noexcept {
  for (const auto& x : children)
    if (x.name == wanted)
      return &x;
  return nullptr;
}

std::variant<twiml_document, twiml_error> read_twiml(std::string_view text) {
  if (text.size() > max_bytes)
    return twiml_error{"more than 64 KiB"};
  // The text of an element would end there for Boost's reader.
  if (text.find('\0') != std::string_view::npos)
    return twiml_error{"a zero byte"};
  if (auto fault = find_xml_fault(text, max_depth))
    return twiml_error{std::move(*fault)};
  try {
    return read_checked(text);
  } catch (const std::exception& e) {
    return twiml_error{e.what()};
  }
}

} // namespace offhook::app::standins
