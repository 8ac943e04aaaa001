// Where libFuzzer comes in. CMake compiles this once for each target and names it in PARE_FUZZ_TARGET.
#include <cstddef>

#include "framework/parallel/context.h"
#include "tests/fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const pare::Context context({.threads = 1});
  const pare::Context::Scope scope(context);
  pare::fuzz::PARE_FUZZ_TARGET({data, size});
  return 0;
}
