// Precompiled for the tests: what each of them includes anyway.
#include "caf/test/dsl.hpp"

// Each test file names its suite itself.
#undef CAF_SUITE
