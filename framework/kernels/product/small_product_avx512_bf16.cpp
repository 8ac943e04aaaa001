// The bf16 kernel for AVX-512 with its instruction for pairs of bf16.
#include <immintrin.h>

#include "framework/kernels/product/small_product_blocks.h"

namespace pare {
namespace {

constexpr int kWords = 16;  // a vector

using Pair [[gnu::aligned(alignof(Bfloat16)), gnu::may_alias]] = uint32_t;
using Words [[gnu::vector_size(kWords * sizeof(uint32_t))]] = uint32_t;

// The instruction multiplies pairs of terms. Two rows become a row of pairs here, on their way to registers:
// that is paid once for all rows of a block. The conversion is a masked one because GCC 12 warns of what its
// header leaves uninitialised in the other (bug 105593).
inline Words widened(const Bfloat16* row) {
  constexpr __mmask16 kAll = 0xFFFF;
  return reinterpret_cast<Words>(
      _mm512_maskz_cvtepu16_epi32(kAll, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row))));
}
inline Words paired(const Bfloat16* row, const Bfloat16* next) { return widened(row) | widened(next) << 16; }

// Which of a's elements lie side by side.
enum class Dense { Depth, Rows };

template <Dense kDense>
struct Blocks {
  using Operand = Bfloat16;
  static constexpr int kLanes = kWords, kFewestLanes = kLanes, kMostVectors = 4;

  // A block of c. The last vector ends with the last column and so overlaps the one before; that is why all
  // of c is read before any of it is written. Where rows of a lie side by side, they are read as a vector
  // that begins `early` rows before the block, so that none is read behind a's last one.
  template <int kRows, int kVectors, int /*last*/>
  [[gnu::noinline]] static void block(const SmallProduct& product, const Bfloat16* a, const Bfloat16* b,
                                      float* c, int64_t columns, int64_t early) {
    const SmallProduct p = product;
    int64_t at[kVectors];
    PARE_EACH (v, kVectors) at[v] = v + 1 < kVectors ? v * kLanes : columns - kLanes;
    __m512 sums[kRows][kVectors];
    PARE_EACH (i, kRows)
      PARE_EACH (v, kVectors)
        sums[i][v] = p.adds ? _mm512_loadu_ps(c + i * p.c_row + at[v]) : _mm512_setzero_ps();
    Words row[kVectors];
    const auto add = [&](int i, uint32_t pair) {
      PARE_EACH (v, kVectors)
        sums[i][v] = _mm512_dpbf16_ps(sums[i][v], reinterpret_cast<__m512bh>(Words{} + pair),
                                      reinterpret_cast<__m512bh>(row[v]));
    };
    alignas(64) uint32_t pairs[kLanes];
    int64_t k = 0;
    for (; k + 2 <= p.depth; k += 2, b += 2 * p.b_row) {
      PARE_EACH (v, kVectors) row[v] = paired(b + at[v], b + p.b_row + at[v]);
      if constexpr (kDense == Dense::Rows) {
        *reinterpret_cast<Words*>(pairs) =
            paired(a - early + k * p.a_column, a - early + (k + 1) * p.a_column);
        PARE_EACH (i, kRows) add(i, pairs[early + i]);
      } else {
        PARE_EACH (i, kRows) add(i, *reinterpret_cast<const Pair*>(a + i * p.a_row + k));
      }
    }
    if (k < p.depth) {  // half a pair
      PARE_EACH (v, kVectors) row[v] = widened(b + at[v]);
      PARE_EACH (i, kRows) add(i, a[i * p.a_row + k * p.a_column].bits);
    }
    PARE_EACH (i, kRows)
      PARE_EACH (v, kVectors) _mm512_storeu_ps(c + i * p.c_row + at[v], sums[i][v]);
  }
};

}  // namespace

void small_product_avx512_bf16(const SmallProduct& p, const Bfloat16* a, const Bfloat16* b, float* c) {
  p.a_column == 1 ? product_in_blocks<Blocks<Dense::Depth>>(p, a, b, c)
                  : product_in_blocks<Blocks<Dense::Rows>>(p, a, b, c);
}

}  // namespace pare
