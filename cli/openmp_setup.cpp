#include "cli/openmp_setup.h"

#include <stdlib.h>
#include <unistd.h>

namespace pare {

void calm_openmp(char** argv) {
  if (getenv("OMP_WAIT_POLICY") != nullptr || getenv("GOMP_SPINCOUNT") != nullptr) return;
  setenv("GOMP_SPINCOUNT", "1000", 1);
  execv("/proc/self/exe",
        argv);  // comes back only when it fails; then threads spin, and nothing else is lost
}

}  // namespace pare
