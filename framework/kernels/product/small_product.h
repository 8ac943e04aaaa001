// Products of matrices with few columns, whose blocks stay in vector registers all the way.
//
// oneDNN 2.6 makes these by packing both operands first, which costs as much as the product itself at the
// sizes of Winograd's algorithm: some 16 to 64 columns. In bf16 it also takes twice as long when they are no
// multiple of 16.
#pragma once

#include <cstdint>
#include <span>

#include "framework/tensor/bfloat16.h"

namespace pare {

// c = a b or c += a b: c (rows, columns), depth terms each. Element (i, k) of a is the number at
// i * a_row + k * a_column; the rows of b and c are dense.
struct SmallProduct {
  int64_t rows, depth, columns;
  int64_t a_row, a_column, b_row, c_row;  // numbers from one to the next
  bool adds;
};

using SmallProductKernel = void(const SmallProduct& product, const float* a, const float* b, float* c);
constexpr int64_t kFewestProductColumns = 16;

// The kernels that this machine can run, the fastest first, with at least one.
std::span<SmallProductKernel* const> small_product_kernels();

// The same with a and b in bf16 and sums in f32. Either a_column is 1, or a_row is and there are at least
// kFewestProductColumns rows.
using SmallProductBf16Kernel = void(const SmallProduct& product, const Bfloat16* a, const Bfloat16* b,
                                    float* c);

// Null without AVX-512 and its instruction for bf16.
SmallProductBf16Kernel* small_product_bf16_kernel();

// Each is in the file of its name; those two functions choose.
SmallProductKernel small_product_avx512, small_product_avx2, small_product_portable;
SmallProductBf16Kernel small_product_avx512_bf16;

}  // namespace pare
