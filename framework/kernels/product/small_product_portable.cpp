// The f32 kernel for any CPU, with vectors of the four numbers that most have.
#include "framework/kernels/product/small_product_f32.h"

void pare::small_product_portable(const SmallProduct& p, const float* a, const float* b, float* c) {
  product_in_blocks<F32Blocks<4, 4, 2>>(p, a, b, c);
}
