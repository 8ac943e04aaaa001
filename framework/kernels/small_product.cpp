#include "framework/kernels/small_product.h"

namespace pare {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

namespace {

namespace avx512 {
#define PARE_TARGET __attribute__((target("arch=x86-64-v4")))
constexpr int64_t kLanes = 16;
constexpr int kVectors = 4;
#include "framework/kernels/small_product_block.h"
#undef PARE_TARGET
}  // namespace avx512

namespace avx2 {
#define PARE_TARGET __attribute__((target("arch=x86-64-v3")))
constexpr int64_t kLanes = 8;
constexpr int kVectors = 2;
#include "framework/kernels/small_product_block.h"
#undef PARE_TARGET
}  // namespace avx2

}  // namespace

std::span<const SmallProductKernel> small_product_kernels() {
  static constexpr SmallProductKernel kKernels[] = {avx512::product, avx2::product};
  static const size_t missing = __builtin_cpu_supports("x86-64-v4")   ? 0
                                : __builtin_cpu_supports("x86-64-v3") ? 1
                                                                      : 2;
  return std::span(kKernels).subspan(missing);
}

#else

std::span<const SmallProductKernel> small_product_kernels() { return {}; }

#endif

}  // namespace pare
