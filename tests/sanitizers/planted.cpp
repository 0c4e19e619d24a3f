// One fault per mode, each for one sanitizer to find.
#include <climits>
#include <cstring>
#include <string_view>
#include <thread>

namespace {

volatile int sink = 0;
int shared = 0;

void leak() {
  int* volatile lost = new int[16];
  lost[0] = sink;
  lost = nullptr;
}

void overflow() {
  int* volatile xs = new int[16];
  sink = xs[16];
  delete[] xs;
}

void undefined() {
  volatile int x = INT_MAX;
  sink = x + 1;
}

void race() {
  std::thread other{[] { shared = 1; }};
  shared = 2;
  other.join();
  sink = shared;
}

} // namespace

int main(int argc, char** argv) {
  std::string_view mode = argc == 2 ? argv[1] : "";
  if (mode == "leak")
    leak();
  else if (mode == "overflow")
    overflow();
  else if (mode == "undefined")
    undefined();
  else if (mode == "race")
    race();
  else
    return 2;
  return 0;
}
