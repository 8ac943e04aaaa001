// What pare --version tells.
#include "framework/kernels/elementwise/precision.h"
#include "framework/parallel/isa.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/program.h"

using namespace pare;

TEST_CASE("cli: --version names what decides about the bytes of a run") {
  const TemporaryDirectory directory;
  const Result version = run_program(directory.path(), {"--version"});
  CHECK(version.exit_code == 0);
  CHECK(version.out.starts_with("pare "));
  CHECK(
      version.out.ends_with(text("\noneDNN: ", onednn_version(), "\ninstruction set: ", name(isa()), "\n")));
  CHECK(contains(version.out, "\ncommit: "));
  CHECK(contains(version.out, "\ncompiler: "));
  CHECK(contains(version.out, __VERSION__ "\n"));
}
