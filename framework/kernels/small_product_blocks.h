// Private to small_product*.cpp: cuts a product into the blocks of a kernel.
//
// Blocks is a kernel: its Operand, kLanes (numbers a vector) and kVectors (vectors a row of a block, at
// most), and block<rows, vectors>(product, a, b, c, columns, early), which makes one block. It is compiled
// for its own instruction set; this is not, and need not be.
#pragma once

#include <algorithm>

#include "framework/kernels/small_product.h"

namespace pare {

// Rows of a block so many vectors wide: as many sums as registers hold, and enough to hide an addition's
// latency.
template <class Blocks, int kBlockVectors>
constexpr int kBlockRows = 2 * kBlockVectors <= Blocks::kVectors ? 12 : 6;

// The block of rows [begin, begin + rows), which are at most kRows. `early`: so many rows before `begin` are
// the first of kLanes that all exist.
template <class Blocks, int kRows, int kVectors, class T>
void make_block(int64_t begin, int64_t rows, const SmallProduct& p, const T* a, const T* b, float* c,
                int64_t columns) {
  if (rows == kRows)
    Blocks::template block<kRows, kVectors>(p, a + begin * p.a_row, b, c + begin * p.c_row, columns,
                                            std::max<int64_t>(begin + Blocks::kLanes - p.rows, 0));
  else if constexpr (kRows > 1)
    make_block<Blocks, kRows - 1, kVectors>(begin, rows, p, a, b, c, columns);
}

// All rows of columns that fill `vectors` vectors, which are at most kVectors.
template <class Blocks, int kVectors, class T>
void make_blocks(int64_t vectors, const SmallProduct& p, const T* a, const T* b, float* c, int64_t columns) {
  if (vectors == kVectors) {
    constexpr int kRows = kBlockRows<Blocks, kVectors>;
    const int64_t blocks = (p.rows + kRows - 1) / kRows;
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t begin = p.rows * i / blocks, end = p.rows * (i + 1) / blocks;
      make_block<Blocks, kRows, kVectors>(begin, end - begin, p, a, b, c, columns);
    }
  } else if constexpr (kVectors > 1) {
    make_blocks<Blocks, kVectors - 1>(vectors, p, a, b, c, columns);
  }
}

template <class Blocks>
void product_in_blocks(const SmallProduct& p, const typename Blocks::Operand* a,
                       const typename Blocks::Operand* b, float* c) {
  constexpr int64_t kLanes = Blocks::kLanes, kColumns = kLanes * Blocks::kVectors;
  const int64_t blocks = (p.columns + kColumns - 1) / kColumns;
  for (int64_t j = 0; j < blocks; ++j) {
    const int64_t begin = p.columns * j / blocks, columns = p.columns * (j + 1) / blocks - begin;
    make_blocks<Blocks, Blocks::kVectors>((columns + kLanes - 1) / kLanes, p, a, b + begin, c + begin,
                                          columns);
  }
}

}  // namespace pare
