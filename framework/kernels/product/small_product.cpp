#include "framework/kernels/product/small_product.h"

#include "framework/kernels/product/small_product_blocks.h"
#include "framework/parallel/isa.h"

namespace pare {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)

namespace {

struct Avx512 {
  static constexpr int kLanes = 16, kFewestLanes = 8, kMostVectors = 4;
#define PARE_TARGET __attribute__((target("arch=x86-64-v4")))
#include "framework/kernels/product/small_product_block.h"
#undef PARE_TARGET
};

struct Avx2 {
  static constexpr int kLanes = 8, kFewestLanes = 8, kMostVectors = 2;
#define PARE_TARGET __attribute__((target("arch=x86-64-v3")))
#include "framework/kernels/product/small_product_block.h"
#undef PARE_TARGET
};

}  // namespace

std::span<const SmallProductKernel> small_product_kernels() {
  static constexpr SmallProductKernel kKernels[] = {product_in_blocks<Avx512>, product_in_blocks<Avx2>};
  const size_t missing = isa() >= Isa::Avx512 ? 0 : isa() >= Isa::Avx2 ? 1 : 2;
  return std::span(kKernels).subspan(missing);
}

#else

std::span<const SmallProductKernel> small_product_kernels() { return {}; }

#endif

}  // namespace pare
