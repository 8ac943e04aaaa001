// The f32 kernel for AVX2.
#include "framework/kernels/product/small_product_f32.h"

void pare::small_product_avx2(const SmallProduct& p, const float* a, const float* b, float* c) {
  product_in_blocks<F32Blocks<8, 8, 2>>(p, a, b, c);
}
