#include "net/tls.hpp"

#include <stdexcept>

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace offhook::net {

namespace {

using context = asio::ssl::context;

void check(const error_code& ec, const std::string& what,
           const std::string& file) {
  if (ec)
    throw std::runtime_error{"cannot use " + what + " " + file + ": "
                             + ec.message()};
}

context make_context(context::method method) {
  context result{method};
  // asio sets SSL_OP_ALL and turns the old protocols off; compression is off by
  // default since OpenSSL 1.1.
  ::SSL_CTX_set_min_proto_version(result.native_handle(), TLS1_2_VERSION);
  ::SSL_CTX_set_options(result.native_handle(), SSL_OP_NO_RENEGOTIATION);
  return result;
}

} // namespace

context make_server_context(const std::string& cert_file,
                            const std::string& key_file) {
  auto result = make_context(context::tls_server);
  error_code ec;
  result.use_certificate_chain_file(cert_file, ec);
  check(ec, "the TLS certificate chain", cert_file);
  result.use_private_key_file(key_file, context::pem, ec);
  check(ec, "the TLS key", key_file);
  return result;
}

tls_trust::tls_trust(const std::string& ca_file)
  : impl_(std::make_shared<impl>(impl{make_context(context::tls_client)})) {
  error_code ec;
  if (ca_file.empty()) {
    impl_->context.set_default_verify_paths(ec);
    check(ec, "the system's", "certificate store");
  } else {
    impl_->context.load_verify_file(ca_file, ec);
    check(ec, "the CA file", ca_file);
  }
  impl_->context.set_verify_mode(asio::ssl::verify_peer);
}

tls_trust::~tls_trust() = default;

const std::shared_ptr<tls_trust::impl>& tls_trust::get() const noexcept {
  return impl_;
}

std::unique_ptr<tls_transport> make_tls_client(tcp_socket socket,
                                               tls_trust::impl& trust,
                                               const std::string& host) {
  auto result = std::make_unique<tls_transport>(gated_socket{std::move(socket)},
                                                trust.context);
  auto* ssl = result->native_handle();
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  auto* param = ::SSL_get0_param(ssl);
  ::X509_VERIFY_PARAM_set_hostflags(param,
                                    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  auto ok = not_an_address
              ? ::X509_VERIFY_PARAM_set1_host(param, host.data(), host.size())
                  && ::SSL_set_tlsext_host_name(ssl, host.c_str())
              : ::X509_VERIFY_PARAM_set1_ip_asc(param, host.c_str());
  // Without it the peer's name would not be verified at all.
  if (!ok)
    throw std::runtime_error{"cannot verify the TLS name " + host};
  return result;
}

std::string tls_error(tls_transport& transport, const error_code& ec) {
  auto verified = ::SSL_get_verify_result(transport.native_handle());
  if (verified != X509_V_OK)
    return std::string{"certificate: "}
           + ::X509_verify_cert_error_string(verified);
  return ec.message();
}

} // namespace offhook::net
