// Private to small_product*.cpp: the blocks of a product in f32, in vectors of any length.
#pragma once

#include "framework/kernels/product/small_product_blocks.h"

namespace pare {

// See small_product_blocks.h. Instruction sets must differ in a number.
template <int kNumbers, int kFewest, int kVectorsOfRow>
struct F32Blocks {
  using Operand = float;
  static constexpr int kLanes = kNumbers, kFewestLanes = kFewest, kMostVectors = kVectorsOfRow;

  template <int kCount>
  struct Vector {
    using Type [[gnu::vector_size(kCount * sizeof(float))]] = float;
  };
  template <int kCount>
  using Some = typename Vector<kCount>::Type;
  using Whole = Some<kLanes>;

  template <int kCount = kLanes>
  static Some<kCount> load(const float* from) {
    Some<kCount> vector;
    __builtin_memcpy(&vector, from, sizeof vector);
    return vector;
  }
  template <int kCount>
  static Some<kCount> first(Whole vector) {
    if constexpr (kCount == kLanes) {
      return vector;
    } else {
      static_assert(kCount == 8);
      return __builtin_shufflevector(vector, vector, 0, 1, 2, 3, 4, 5, 6, 7);
    }
  }

  // A block of c. The last vector, of kLast numbers, ends with the last column and so overlaps the one
  // before; that is why all of c is read before any of it is written.
  template <int kRows, int kVectors, int kLast>
  [[gnu::noinline]] static void block(const SmallProduct& product, const float* a, const float* b, float* c,
                                      int64_t columns, int64_t /*early*/) {
    constexpr int kWhole = kVectors - 1;
    const SmallProduct p = product;
    const int64_t end = columns - kLast;
    Whole sums[kRows][kVectors];
    Some<kLast> last_sums[kRows];
    PARE_EACH (i, kRows) {
      float* const row = c + i * p.c_row;
      PARE_EACH (v, kWhole) sums[i][v] = p.adds ? load(row + v * kLanes) : Whole{};
      last_sums[i] = p.adds ? load<kLast>(row + end) : Some<kLast>{};
    }
    for (int64_t k = 0; k < p.depth; ++k, a += p.a_column, b += p.b_row) {
      Whole row[kVectors];
      PARE_EACH (v, kWhole) row[v] = load(b + v * kLanes);
      const auto last = load<kLast>(b + end);
      PARE_EACH (i, kRows) {
        const Whole factor = a[i * p.a_row] - Whole{};
        PARE_EACH (v, kWhole) sums[i][v] += factor * row[v];
        last_sums[i] += first<kLast>(factor) * last;
      }
    }
    PARE_EACH (i, kRows) {
      float* const row = c + i * p.c_row;
      PARE_EACH (v, kWhole) __builtin_memcpy(row + v * kLanes, &sums[i][v], sizeof(Whole));
      __builtin_memcpy(row + end, &last_sums[i], sizeof last_sums[i]);
    }
  }
};

}  // namespace pare
