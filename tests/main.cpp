// The main of every test executable. Only the rooms that know CAF have types
// of their own to register.
#include "caf/init_global_meta_objects.hpp"
#include "caf/test/unit_test.hpp"

#ifdef OFFHOOK_TESTS_WITH_ACTORS
#  include "actors/messages.hpp"
#endif

int main(int argc, char** argv) {
#ifdef OFFHOOK_TESTS_WITH_ACTORS
  caf::init_global_meta_objects<caf::id_block::offhook>();
#endif
  caf::core::init_global_meta_objects();
  return caf::test::main(argc, argv);
}
