#include "certificates.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace offhook::net::test {

namespace {

struct deleter {
  void operator()(X509* x) const {
    ::X509_free(x);
  }
  void operator()(EVP_PKEY* x) const {
    ::EVP_PKEY_free(x);
  }
  void operator()(X509_EXTENSION* x) const {
    ::X509_EXTENSION_free(x);
  }
  void operator()(std::FILE* x) const {
    std::fclose(x);
  }
};

template <class T>
using owned = std::unique_ptr<T, deleter>;

void check(bool ok) {
  if (!ok)
    throw std::runtime_error{"cannot make a certificate"};
}

void add(X509* to, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
  owned<X509_EXTENSION> x{
    ::X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str())};
  check(x && ::X509_add_ext(to, x.get(), -1) == 1);
}

owned<X509> make_certificate(EVP_PKEY* key, const char* name, int days) {
  static long serial = 0;
  constexpr long day = 24 * 60 * 60;
  owned<X509> result{::X509_new()};
  auto* x = result.get();
  ::X509_set_version(x, 2);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(x), ++serial);
  ::X509_gmtime_adj(::X509_getm_notBefore(x), -30 * day);
  ::X509_gmtime_adj(::X509_getm_notAfter(x), days * day);
  ::X509_set_pubkey(x, key);
  check(::X509_NAME_add_entry_by_txt(
          ::X509_get_subject_name(x), "CN", MBSTRING_ASC,
          reinterpret_cast<const unsigned char*>(name), -1, -1, 0)
        == 1);
  return result;
}

owned<std::FILE> create(const std::string& path) {
  owned<std::FILE> result{std::fopen(path.c_str(), "w")};
  check(result != nullptr);
  return result;
}

} // namespace

struct test_ca::identity {
  owned<EVP_PKEY> key{EVP_EC_gen("P-256")};
  owned<X509> certificate;
};

test_ca::test_ca() : self_(std::make_unique<identity>()) {
  auto pattern
    = (std::filesystem::temp_directory_path() / "offhook-test-XXXXXX").string();
  check(::mkdtemp(pattern.data()) != nullptr);
  directory_ = pattern;
  self_->certificate = make_certificate(self_->key.get(), "Test CA", 1);
  auto* x = self_->certificate.get();
  check(::X509_set_issuer_name(x, ::X509_get_subject_name(x)) == 1);
  add(x, x, NID_basic_constraints, "critical,CA:TRUE");
  add(x, x, NID_key_usage, "critical,keyCertSign,cRLSign");
  check(::X509_sign(x, self_->key.get(), ::EVP_sha256()) > 0);
  check(::PEM_write_X509(create(file()).get(), x) == 1);
}

test_ca::~test_ca() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string test_ca::file() const {
  return (directory_ / "ca.pem").string();
}

test_ca::issued test_ca::issue(const std::string& names, int days) const {
  static int count = 0;
  auto stem = "issued-" + std::to_string(++count);
  issued result{(directory_ / (stem + ".pem")).string(),
                (directory_ / (stem + ".key")).string()};
  owned<EVP_PKEY> key{EVP_EC_gen("P-256")};
  auto certificate = make_certificate(key.get(), "test", days);
  auto* x = certificate.get();
  auto* issuer = self_->certificate.get();
  check(::X509_set_issuer_name(x, ::X509_get_subject_name(issuer)) == 1);
  add(x, issuer, NID_subject_alt_name, names);
  check(::X509_sign(x, self_->key.get(), ::EVP_sha256()) > 0);
  check(::PEM_write_X509(create(result.cert_file).get(), x) == 1);
  check(::PEM_write_PrivateKey(create(result.key_file).get(), key.get(),
                               nullptr, nullptr, 0, nullptr, nullptr)
        == 1);
  return result;
}

} // namespace offhook::net::test
