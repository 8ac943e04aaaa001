// The tests' program: what `pare` does for its process when it starts, and one thread unless a test asks for
// more.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "framework/parallel/context.h"
#include "framework/tensor/buffer_pool.h"

int main(int argc, char** argv) {
  pare::keep_memory_in_malloc();
  const pare::Context context({.threads = 1});
  const pare::Context::Scope scope(context);
  return doctest::Context(argc, argv).run();
}
