// The benchmarks' program: what `pare` does for its process when it starts, and one thread unless one asks
// for more.
#include <benchmark/benchmark.h>

#include "framework/parallel/context.h"
#include "framework/tensor/buffer_pool.h"

int main(int argc, char** argv) {
  pare::keep_memory_in_malloc();
  const pare::Context context({.threads = 1});
  const pare::Context::Scope scope(context);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
