// Private to small_product.cpp, which includes this once for each instruction set, within a struct that has
// kLanes, kFewestLanes and kMostVectors (small_product_blocks.h) and with PARE_TARGET defined: functions
// cannot be templates of their target.
//
// No `#pragma once`, for that reason.

using Operand = float;

template <int kNumbers>
struct Vector {
  using InRegister [[gnu::vector_size(kNumbers * sizeof(float))]] = float;
  using InMemory [[gnu::vector_size(kNumbers * sizeof(float)), gnu::aligned(sizeof(float)), gnu::may_alias]] =
      float;
};
using Whole = typename Vector<kLanes>::InRegister;

template <int kNumbers = kLanes>
PARE_TARGET static typename Vector<kNumbers>::InRegister load(const float* from) {
  return *reinterpret_cast<const typename Vector<kNumbers>::InMemory*>(from);
}
template <int kNumbers = kLanes>
PARE_TARGET static void store(typename Vector<kNumbers>::InRegister vector, float* to) {
  *reinterpret_cast<typename Vector<kNumbers>::InMemory*>(to) = vector;
}
template <int kNumbers>
PARE_TARGET static typename Vector<kNumbers>::InRegister first(Whole vector) {
  if constexpr (kNumbers == kLanes) {
    return vector;
  } else {
    static_assert(kNumbers == 8);
    return __builtin_shufflevector(vector, vector, 0, 1, 2, 3, 4, 5, 6, 7);
  }
}

// A block of c. The last vector, of kLast numbers, ends with the last column and so overlaps the one before;
// that is why all of c is read before any of it is written.
template <int kRows, int kVectors, int kLast>
PARE_TARGET static void block(const SmallProduct& product, const float* a, const float* b, float* c,
                              int64_t columns, int64_t /*early*/) {
  constexpr int kWhole = kVectors - 1;
  const SmallProduct p = product;
  const int64_t end = columns - kLast;
  Whole sums[kRows][kVectors];
  typename Vector<kLast>::InRegister last_sums[kRows];
  PARE_EACH (i, kRows) {
    float* const row = c + i * p.c_row;
    PARE_EACH (v, kWhole) sums[i][v] = p.adds ? load(row + v * kLanes) : Whole{};
    last_sums[i] = p.adds ? load<kLast>(row + end) : typename Vector<kLast>::InRegister{};
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
    PARE_EACH (v, kWhole) store(sums[i][v], row + v * kLanes);
    store<kLast>(last_sums[i], row + end);
  }
}
