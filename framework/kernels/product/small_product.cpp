#include "framework/kernels/product/small_product.h"

#include "framework/parallel/isa.h"

namespace pare {
namespace {

#if defined(__x86_64__)
constexpr SmallProductKernel* kKernels[] = {small_product_avx512, small_product_avx2, small_product_portable};
constexpr SmallProductBf16Kernel* kBf16Kernel = small_product_avx512_bf16;
#else
constexpr SmallProductKernel* kKernels[] = {nullptr, nullptr, small_product_portable};
constexpr SmallProductBf16Kernel* kBf16Kernel = nullptr;
#endif

}  // namespace

std::span<SmallProductKernel* const> small_product_kernels() {
  return std::span(kKernels).subspan(isa() >= Isa::Avx512 ? 0 : isa() >= Isa::Avx2 ? 1 : 2);
}

SmallProductBf16Kernel* small_product_bf16_kernel() {
  return isa() >= Isa::Avx512Bf16 ? kBf16Kernel : nullptr;
}

}  // namespace pare
