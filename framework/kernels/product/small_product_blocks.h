// Private to small_product*.cpp: cuts a product into the blocks of a kernel.
//
// Blocks is a kernel: its Operand, kLanes (numbers a vector), kFewestLanes (of a row's last vector: kLanes,
// or half of it where half a vector costs less), kMostVectors (vectors a row of a block), and
// block<rows, vectors, last>(product, a, b, c, columns, early), which makes one block whose rows end with a
// vector of `last` numbers.
//
// All of this is compiled once for each instruction set, so it must be templates of Blocks, a type that
// differs for each. Of code that two files share the linker keeps one copy, which may use instructions that
// the CPU does not have.
#pragma once

#include "framework/kernels/product/small_product.h"

// A kernel's loop over the rows or vectors of a block. Unrolled early, it leaves sums in registers alone.
// Left to itself the compiler unrolls it after it has given them a place in memory, which is then written,
// too.
#if defined(__clang__)
#define PARE_EACH(i, count) _Pragma("unroll") for (int i = 0; i < (count); ++i)
#else
#define PARE_EACH(i, count) _Pragma("GCC unroll 16") for (int i = 0; i < (count); ++i)
#endif

namespace pare {

// body.operator()<count>(), for a count from 1 to kMost.
template <int kMost, class Body>
void with_constant(int64_t count, const Body& body) {
  if (count == kMost)
    body.template operator()<kMost>();
  else if constexpr (kMost > 1)
    with_constant<kMost - 1>(count, body);
}

// All rows of columns that fill so many vectors, the last of kLast numbers.
template <class Blocks, int kVectors, int kLast, class T>
void make_rows(const SmallProduct& p, const T* a, const T* b, float* c, int64_t columns) {
  // As many sums as registers hold, and enough to hide an addition's latency.
  constexpr int kRows = 2 * kVectors <= Blocks::kMostVectors ? 12 : 6;
  const int64_t blocks = (p.rows + kRows - 1) / kRows;
  for (int64_t i = 0; i < blocks; ++i) {
    const int64_t begin = p.rows * i / blocks, rows = p.rows * (i + 1) / blocks - begin;
    // How many rows earlier a load of kLanes rows must start so as not to read behind the last one.
    const int64_t behind = begin + Blocks::kLanes - p.rows, early = behind > 0 ? behind : 0;
    with_constant<kRows>(rows, [&]<int kCount>() {
      Blocks::template block<kCount, kVectors, kLast>(p, a + begin * p.a_row, b, c + begin * p.c_row, columns,
                                                      early);
    });
  }
}

template <class Blocks, class T = typename Blocks::Operand>
void product_in_blocks(const SmallProduct& p, const T* a, const T* b, float* c) {
  constexpr int64_t kLanes = Blocks::kLanes, kFew = Blocks::kFewestLanes,
                    kColumns = kLanes * Blocks::kMostVectors;
  const int64_t blocks = (p.columns + kColumns - 1) / kColumns;
  for (int64_t j = 0; j < blocks; ++j) {
    const int64_t begin = p.columns * j / blocks, columns = p.columns * (j + 1) / blocks - begin;
    with_constant<Blocks::kMostVectors>((columns + kLanes - 1) / kLanes, [&]<int kVectors>() {
      const bool few = columns - (kVectors - 1) * kLanes <= kFew;
      few ? make_rows<Blocks, kVectors, kFew>(p, a, b + begin, c + begin, columns)
          : make_rows<Blocks, kVectors, kLanes>(p, a, b + begin, c + begin, columns);
    });
  }
}

}  // namespace pare
