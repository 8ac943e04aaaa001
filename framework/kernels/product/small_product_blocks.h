// Private to small_product*.cpp: cuts a product into the blocks of a kernel.
//
// Blocks is a kernel: its Operand, kLanes (numbers a vector), kFewestLanes (of a row's last vector: kLanes,
// or half of it where half a vector costs less), kMostVectors (vectors a row of a block), and
// block<rows, vectors, last>(product, a, b, c, columns, early), which makes one block whose rows end with a
// vector of `last` numbers. It is compiled for its own instruction set; this is not, and need not be.
#pragma once

#include <algorithm>

#include "framework/kernels/product/small_product.h"

// A kernel's loop over the rows or vectors of a block. Unrolled early, it leaves sums in registers alone.
// Left to itself the compiler unrolls it after it has given them a place in memory, which is then written,
// too.
#define PARE_EACH(i, count) _Pragma("GCC unroll 16") for (int i = 0; i < (count); ++i)

namespace pare {

// Rows of a block so many vectors wide: as many sums as registers hold, and enough to hide an addition's
// latency.
template <class Blocks, int kBlockVectors>
constexpr int kBlockRows = 2 * kBlockVectors <= Blocks::kMostVectors ? 12 : 6;

// The block of rows [begin, begin + rows), which are at most kRows. `early`: how many rows before `begin` a
// load of kLanes rows must start so as not to read behind the last one.
template <class Blocks, int kRows, int kVectors, int kLast, class T>
void make_block(int64_t begin, int64_t rows, const SmallProduct& p, const T* a, const T* b, float* c,
                int64_t columns) {
  if (rows == kRows)
    Blocks::template block<kRows, kVectors, kLast>(p, a + begin * p.a_row, b, c + begin * p.c_row, columns,
                                                   std::max<int64_t>(begin + Blocks::kLanes - p.rows, 0));
  else if constexpr (kRows > 1)
    make_block<Blocks, kRows - 1, kVectors, kLast>(begin, rows, p, a, b, c, columns);
}

// All rows of columns that fill `vectors` vectors, which are at most kVectors.
template <class Blocks, int kVectors, class T>
void make_blocks(int64_t vectors, const SmallProduct& p, const T* a, const T* b, float* c, int64_t columns) {
  if (vectors == kVectors) {
    constexpr int kRows = kBlockRows<Blocks, kVectors>, kLanes = Blocks::kLanes, kFew = Blocks::kFewestLanes;
    const bool few = columns - (vectors - 1) * kLanes <= kFew;
    const int64_t blocks = (p.rows + kRows - 1) / kRows;
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t begin = p.rows * i / blocks, end = p.rows * (i + 1) / blocks;
      few ? make_block<Blocks, kRows, kVectors, kFew>(begin, end - begin, p, a, b, c, columns)
          : make_block<Blocks, kRows, kVectors, kLanes>(begin, end - begin, p, a, b, c, columns);
    }
  } else if constexpr (kVectors > 1) {
    make_blocks<Blocks, kVectors - 1>(vectors, p, a, b, c, columns);
  }
}

template <class Blocks>
void product_in_blocks(const SmallProduct& p, const typename Blocks::Operand* a,
                       const typename Blocks::Operand* b, float* c) {
  constexpr int64_t kLanes = Blocks::kLanes, kColumns = kLanes * Blocks::kMostVectors;
  const int64_t blocks = (p.columns + kColumns - 1) / kColumns;
  for (int64_t j = 0; j < blocks; ++j) {
    const int64_t begin = p.columns * j / blocks, columns = p.columns * (j + 1) / blocks - begin;
    make_blocks<Blocks, Blocks::kMostVectors>((columns + kLanes - 1) / kLanes, p, a, b + begin, c + begin,
                                              columns);
  }
}

}  // namespace pare
