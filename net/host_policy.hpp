#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "net/url.hpp"

namespace offhook::net {

/// Whether an address belongs to the public Internet: not to this host, a
/// private network, a link, a group, or what stands for one of them in IPv6.
bool is_public(const boost::asio::ip::address& x);

/// Where requests of ours may go: to named origins, and there only to public
/// addresses unless the host is expected to be a private one. A plain class.
class host_policy {
public:
  /// @param origins such as `https://crm.example.com` or
  ///        `http://10.0.0.7:8080`: nothing else may be asked
  /// @param private_hosts names or addresses that may be where `is_public` says
  ///        no
  /// @returns an error text naming the entry that is none; empty: taken
  std::string set(const std::vector<std::string>& origins,
                  const std::vector<std::string>& private_hosts);

  /// Whether requests may go to the origin of a URL: scheme, host, port.
  bool may_ask(const ws_url& url) const;

  /// Whether an address that the host was resolved to may be dialled.
  bool may_dial(std::string_view host,
                const boost::asio::ip::address& address) const;

private:
  std::set<std::string, std::less<>> origins_;
  std::set<std::string, std::less<>> private_hosts_;
};

/// `scheme://host:port` in lower case, the port always there: what connections
/// and permissions are told apart by.
std::string origin_of(const ws_url& url);

} // namespace offhook::net
