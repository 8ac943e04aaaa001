#include "cli/version.h"

#include "framework/base/error.h"
#include "framework/kernels/elementwise/precision.h"
#include "framework/parallel/isa.h"

namespace pare {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = __VERSION__;  // "Debian Clang 19.1.7"
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

}  // namespace

std::string program_version() {
  return text("pare ", PARE_VERSION, "\ncommit: ", program_commit(), "\ncompiler: ", kCompiler,
              "\noneDNN: ", onednn_version(), "\ninstruction set: ", name(isa()));
}

}  // namespace pare
