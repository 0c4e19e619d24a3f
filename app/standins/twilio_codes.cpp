#include "app/standins/twilio_codes.hpp"

namespace offhook::app::standins {

int twilio_code(net::http_client_error::kind what) noexcept {
  using kind = net::http_client_error::kind;
  switch (what) {
    case kind::bad_request:
      return 11100;
    case kind::resolve:
      return 11210;
    case kind::tls:
      return 11237;
    case kind::connect:
      return 11205;
    case kind::lost:
    case kind::malformed:
    case kind::too_large:
    case kind::timeout:
    case kind::forbidden: // What `https_client` adds of its own.
    case kind::redirect:
    case kind::busy:
      break;
  }
  return 11200;
}

int twilio_code(net::connect_error::kind what) noexcept {
  using kind = net::connect_error::kind;
  switch (what) {
    case kind::bad_url:
      return 31922;
    case kind::tls:
      return 31910;
    case kind::refused:
      return 31920;
    case kind::timeout:
      return 31901;
    case kind::resolve:
    case kind::connect:
    case kind::cancelled:
      break;
  }
  return 31902;
}

} // namespace offhook::app::standins
