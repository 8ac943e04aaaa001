// Products of f32 matrices with few columns, whose blocks stay in vector registers all the way.
//
// oneDNN 2.6 makes these by packing both operands first, which costs as much as the product itself at the
// sizes of Winograd's algorithm: some 16 to 64 columns.
#pragma once

#include <cstdint>
#include <span>

namespace pare {

// c = a b or c += a b: c (rows, columns), depth terms each. Element (i, k) of a is the number at
// i * a_row + k * a_column; the rows of b and c are dense.
struct SmallProduct {
  int64_t rows, depth, columns;
  int64_t a_row, a_column, b_row, c_row;  // numbers from one to the next
  bool adds;
};

using SmallProductKernel = void (*)(const SmallProduct& product, const float* a, const float* b, float* c);
constexpr int64_t kFewestProductColumns = 16;

// The kernels that this machine can run, the fastest first; none without AVX2.
std::span<const SmallProductKernel> small_product_kernels();

}  // namespace pare
