// Private to small_product.cpp, which includes this once for each instruction set, within a struct that has
// kLanes and kVectors (small_product_blocks.h) and with PARE_TARGET defined: functions cannot be templates of
// their target.
//
// No `#pragma once`, for that reason.

using Operand = float;
using Vector [[gnu::vector_size(kLanes * sizeof(float))]] = float;
using InMemory [[gnu::vector_size(kLanes * sizeof(float)), gnu::aligned(sizeof(float)), gnu::may_alias]] =
    float;

// A block of c. The last vector ends with the last column and so overlaps the one before; that is why all of
// c is read before any of it is written.
template <int kBlockRows, int kBlockVectors>
PARE_TARGET static void block(const SmallProduct& product, const float* a, const float* b, float* c,
                              int64_t columns, int64_t /*early*/) {
  const SmallProduct p = product;
  int64_t at[kBlockVectors];
  for (int v = 0; v < kBlockVectors; ++v) at[v] = v + 1 < kBlockVectors ? v * kLanes : columns - kLanes;
  Vector sums[kBlockRows][kBlockVectors];
  if (p.adds) {
    for (int i = 0; i < kBlockRows; ++i)
      for (int v = 0; v < kBlockVectors; ++v)
        sums[i][v] = *reinterpret_cast<const InMemory*>(c + i * p.c_row + at[v]);
  } else {
    for (int i = 0; i < kBlockRows; ++i)
      for (int v = 0; v < kBlockVectors; ++v) sums[i][v] = Vector{};
  }
  for (int64_t k = 0; k < p.depth; ++k, a += p.a_column, b += p.b_row) {
    Vector row[kBlockVectors];
    for (int v = 0; v < kBlockVectors; ++v) row[v] = *reinterpret_cast<const InMemory*>(b + at[v]);
    for (int i = 0; i < kBlockRows; ++i)
      for (int v = 0; v < kBlockVectors; ++v) sums[i][v] += a[i * p.a_row] * row[v];
  }
  for (int i = 0; i < kBlockRows; ++i)
    for (int v = 0; v < kBlockVectors; ++v)
      *reinterpret_cast<InMemory*>(c + i * p.c_row + at[v]) = sums[i][v];
}
