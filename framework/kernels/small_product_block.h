// Private to small_product.cpp, which includes this once for each instruction set, in a namespace of its own
// and with PARE_TARGET, kLanes (numbers a vector) and kVectors (vectors a row of a block) defined: functions
// cannot be templates of their target.
//
// No `#pragma once`, for that reason.

constexpr int64_t kColumns = kLanes * kVectors;  // at most, of a block

// Of a block so many vectors wide: as many sums as registers hold, and enough to hide an addition's latency.
template <int kBlockVectors>
constexpr int kRows = 2 * kBlockVectors <= kVectors ? 12 : 6;

using Vector [[gnu::vector_size(kLanes * sizeof(float))]] = float;
using InMemory [[gnu::vector_size(kLanes * sizeof(float)), gnu::aligned(sizeof(float)), gnu::may_alias]] =
    float;

// A block of c. The last vector ends with the last column and so overlaps the one before; that is why all of
// c is read before any of it is written.
template <int kBlockRows, int kBlockVectors>
PARE_TARGET void block(const SmallProduct& product, const float* a, const float* b, float* c,
                       int64_t columns) {
  const SmallProduct p = product;
  int64_t at[kBlockVectors];
  for (int v = 0; v < kBlockVectors; ++v) at[v] = v + 1 < kBlockVectors ? v * kLanes : columns - kLanes;
  Vector sums[kBlockRows][kBlockVectors] = {};
  if (p.adds)
    for (int i = 0; i < kBlockRows; ++i)
      for (int v = 0; v < kBlockVectors; ++v)
        sums[i][v] = *reinterpret_cast<const InMemory*>(c + i * p.c_row + at[v]);
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

// The block of `rows` rows, which are at most kBlockRows.
template <int kBlockRows, int kBlockVectors>
PARE_TARGET void block_of(int64_t rows, const SmallProduct& p, const float* a, const float* b, float* c,
                          int64_t columns) {
  if (rows == kBlockRows) return block<kBlockRows, kBlockVectors>(p, a, b, c, columns);
  if constexpr (kBlockRows > 1) block_of<kBlockRows - 1, kBlockVectors>(rows, p, a, b, c, columns);
}

// All rows of columns that fill `vectors` vectors, which are at most kBlockVectors.
template <int kBlockVectors>
PARE_TARGET void blocks_of(int64_t vectors, const SmallProduct& p, const float* a, const float* b, float* c,
                           int64_t columns) {
  if (vectors == kBlockVectors) {
    constexpr int kMost = kRows<kBlockVectors>;
    const int64_t blocks = (p.rows + kMost - 1) / kMost;
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t begin = p.rows * i / blocks, end = p.rows * (i + 1) / blocks;
      block_of<kMost, kBlockVectors>(end - begin, p, a + begin * p.a_row, b, c + begin * p.c_row, columns);
    }
  } else if constexpr (kBlockVectors > 1) {
    blocks_of<kBlockVectors - 1>(vectors, p, a, b, c, columns);
  }
}

PARE_TARGET void product(const SmallProduct& p, const float* a, const float* b, float* c) {
  const int64_t blocks = (p.columns + kColumns - 1) / kColumns;
  for (int64_t j = 0; j < blocks; ++j) {
    const int64_t begin = p.columns * j / blocks, columns = p.columns * (j + 1) / blocks - begin;
    blocks_of<kVectors>((columns + kLanes - 1) / kLanes, p, a, b + begin, c + begin, columns);
  }
}
