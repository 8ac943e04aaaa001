#include "framework/tensor/bfloat16.h"

#include "framework/parallel/simd.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define PARE_BF16_INSTRUCTION
#include <immintrin.h>
#endif

namespace pare {
namespace {

void narrow_portably(const float* from, Bfloat16* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = Bfloat16(from[i]);
}

void narrow_rows_portably(const float* from, Bfloat16* const* to, int64_t offset, int64_t rows) {
  for (int64_t row = 0; row < rows; ++row)
    for (int lane = 0; lane < kNarrowLanes; ++lane)
      to[row][offset + lane] = Bfloat16(from[row * kNarrowLanes + lane]);
}

void widen_range(const Bfloat16* from, float* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]);
}

#ifdef PARE_BF16_INSTRUCTION
#define PARE_BF16_TARGET __attribute__((target("avx512f,avx512bf16")))

// The same roundings, but for numbers below 1.2e-38, which become zero.
PARE_BF16_TARGET inline void narrow_lanes(const float* from, Bfloat16* to) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_loadu_ps(from))));
}
PARE_BF16_TARGET void narrow_natively(const float* from, Bfloat16* to, int64_t count) {
  int64_t i = 0;
  for (; i + kNarrowLanes <= count; i += kNarrowLanes) narrow_lanes(from + i, to + i);
  simd<narrow_portably>(from + i, to + i, count - i);
}
PARE_BF16_TARGET void narrow_rows_natively(const float* from, Bfloat16* const* to, int64_t offset,
                                           int64_t rows) {
  for (int64_t row = 0; row < rows; ++row) narrow_lanes(from + row * kNarrowLanes, to[row] + offset);
}

bool has_instruction() { return isa() >= Isa::Avx512Bf16; }
#endif

}  // namespace

void narrow(const float* from, Bfloat16* to, int64_t count) {
#ifdef PARE_BF16_INSTRUCTION
  if (has_instruction()) return narrow_natively(from, to, count);
#endif
  simd<narrow_portably>(from, to, count);
}

void narrow_rows(const float* from, Bfloat16* const* to, int64_t offset, int64_t rows) {
#ifdef PARE_BF16_INSTRUCTION
  if (has_instruction()) return narrow_rows_natively(from, to, offset, rows);
#endif
  simd<narrow_rows_portably>(from, to, offset, rows);
}

void widen(const Bfloat16* from, float* to, int64_t count) { simd<widen_range>(from, to, count); }

}  // namespace pare
