// The main of every test executable. Only the rooms that know CAF have types
// of their own to register.
#include "caf/test/unit_test.hpp"

#ifdef OFFHOOK_TESTS_WITH_ACTORS
#  include "actors/message_types.hpp"
#else
#  include "caf/init_global_meta_objects.hpp"
#endif

int main(int argc, char** argv) {
#ifdef OFFHOOK_TESTS_WITH_ACTORS
  offhook::actors::register_message_types();
#else
  caf::core::init_global_meta_objects();
#endif
  return caf::test::main(argc, argv);
}
