#define CAF_SUITE protocol.openai_provider

#include "protocol/openai_provider.hpp"

#include "caf/test/dsl.hpp"

using namespace offhook::protocol::openai;

CAF_TEST(each profile is found by its name) {
  for (const auto& x : providers())
    CAF_CHECK(find_provider(x.name) == &x);
  CAF_CHECK(find_provider("nobody") == nullptr);
  CAF_CHECK(find_provider("") == nullptr);
}

CAF_TEST(the key goes where the service looks for it) {
  using header = std::pair<std::string, std::string>;
  CAF_CHECK(auth_header(*find_provider("openai"), "k")
            == (header{"Authorization", "Bearer k"}));
  CAF_CHECK(auth_header(*find_provider("azure"), "k")
            == (header{"api-key", "k"}));
}
