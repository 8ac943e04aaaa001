#include "framework/kernels/elementwise/precision.h"

#include "framework/kernels/onednn/engine.h"

namespace pare {
namespace {

// The ISA's value is a set of bits that holds those of every set it extends. Comparing with >= would be
// wrong: AVX2 with VNNI has a larger value than AVX-512.
bool extends(dnnl::cpu_isa wanted) {
  const auto bits = static_cast<unsigned>(wanted);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

}  // namespace

std::string onednn_version() {
  const dnnl_version_t* const version = dnnl::version();
  return text(version->major, ".", version->minor, ".", version->patch);
}

bool bf16_is_supported() {
  onednn::limit_isa();
  return extends(dnnl::cpu_isa::avx512_core);
}

}  // namespace pare
