// The f32 kernel for AVX-512.
#include "framework/kernels/product/small_product_f32.h"

void pare::small_product_avx512(const SmallProduct& p, const float* a, const float* b, float* c) {
  product_in_blocks<F32Blocks<16, 8, 4>>(p, a, b, c);
}
