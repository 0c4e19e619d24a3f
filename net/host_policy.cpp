#include "net/host_policy.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "net/http_url.hpp"

namespace offhook::net {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

struct block_v4 {
  std::uint32_t network;
  unsigned bits;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24U | b << 16U | c << 8U | d;
}

// IANA's special-purpose registry (RFC 6890 and its successors): what a host on
// the public Internet has no address in.
constexpr std::array<block_v4, 16> special_v4{{
  {v4(0, 0, 0, 0), 8},       // this network, the unspecified address
  {v4(10, 0, 0, 0), 8},      // private
  {v4(100, 64, 0, 0), 10},   // behind a carrier's address translation
  {v4(127, 0, 0, 0), 8},     // loopback
  {v4(169, 254, 0, 0), 16},  // link-local, the metadata of clouds
  {v4(172, 16, 0, 0), 12},   // private
  {v4(192, 0, 0, 0), 24},    // protocol assignments
  {v4(192, 0, 2, 0), 24},    // documentation
  {v4(192, 31, 196, 0), 24}, // AS112
  {v4(192, 88, 99, 0), 24},  // 6to4 relays, gone
  {v4(192, 168, 0, 0), 16},  // private
  {v4(198, 18, 0, 0), 15},   // benchmarks
  {v4(198, 51, 100, 0), 24}, // documentation
  {v4(203, 0, 113, 0), 24},  // documentation
  {v4(224, 0, 0, 0), 4},     // multicast
  {v4(240, 0, 0, 0), 4},     // reserved, the broadcast address
}};

bool is_public_v4(std::uint32_t x) {
  return std::none_of(special_v4.begin(), special_v4.end(),
                      [x](const block_v4& block) {
                        return (x ^ block.network) >> (32U - block.bits) == 0;
                      });
}

bool starts_with(const address_v6::bytes_type& x,
                 std::initializer_list<unsigned> prefix) {
  return std::equal(prefix.begin(), prefix.end(), x.begin());
}

std::uint32_t v4_at(const address_v6::bytes_type& x, std::size_t at) {
  return v4(x[at], x[at + 1], x[at + 2], x[at + 3]);
}

bool is_public_v6(const address_v6::bytes_type& x) {
  // An IPv4 address in disguise is what it is: mapped, translated, tunnelled.
  if (starts_with(x, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})
      || starts_with(x, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}))
    return is_public_v4(v4_at(x, 12));
  if (starts_with(x, {0x20, 0x02}))
    return is_public_v4(v4_at(x, 2));
  if ((x[0] & 0xe0U) != 0x20U) // Only 2000::/3 is given to hosts.
    return false;
  auto assignments = starts_with(x, {0x20, 0x01}) && x[2] < 2; // Teredo too.
  auto documentation = starts_with(x, {0x20, 0x01, 0x0d, 0xb8})
                       || (starts_with(x, {0x3f, 0xff}) && x[2] < 0x10);
  return !assignments && !documentation;
}

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) {
                   return static_cast<char>(std::tolower(c));
                 });
  return result;
}

/// One spelling for each host: `[::1]` and `::0001` are `::1`.
std::string normal_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  boost::system::error_code no_address;
  auto parsed = boost::asio::ip::make_address(std::string{host}, no_address);
  return no_address ? lower(host) : parsed.to_string();
}

} // namespace

bool is_public(const address& x) {
  return x.is_v4() ? is_public_v4(x.to_v4().to_uint())
                   : is_public_v6(x.to_v6().to_bytes());
}

std::string origin_of(const ws_url& url) {
  return (url.tls ? "https://" : "http://") + normal_host(url.host) + ':'
         + std::to_string(url.port);
}

std::string host_policy::set(const std::vector<std::string>& origins,
                             const std::vector<std::string>& private_hosts) {
  for (const auto& x : origins) {
    auto url = parse_http_url(x);
    const auto* parts = std::get_if<ws_url>(&url);
    if (!parts || parts->target != "/")
      return "'" + x + "' is no origin such as https://crm.example.com";
    origins_.insert(origin_of(*parts));
  }
  for (const auto& x : private_hosts) {
    auto host = normal_host(x);
    auto good = std::all_of(host.begin(), host.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '-' || c == '.' || c == ':'
             || c == '_';
    });
    if (host.empty() || !good)
      return "'" + x + "' is no host name or address";
    private_hosts_.insert(host);
  }
  return {};
}

bool host_policy::may_ask(const ws_url& url) const {
  return origins_.contains(origin_of(url));
}

bool host_policy::may_dial(std::string_view host, const address& x) const {
  return is_public(x) || private_hosts_.contains(normal_host(host));
}

} // namespace offhook::net
