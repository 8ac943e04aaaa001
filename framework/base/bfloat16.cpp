#include "framework/base/bfloat16.h"

#include "framework/base/simd.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define PARE_BF16_INSTRUCTION
#include <immintrin.h>
#endif

namespace pare {
namespace {

PARE_SIMD void narrow_portably(const float* from, Bfloat16* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = Bfloat16(from[i]);
}

PARE_SIMD void widen_range(const Bfloat16* from, float* to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(from[i]);
}

#ifdef PARE_BF16_INSTRUCTION
// The same roundings, but for numbers below 1.2e-38, which become zero.
__attribute__((target("avx512f,avx512bf16"))) void narrow_natively(const float* from, Bfloat16* to,
                                                                   int64_t count) {
  constexpr int64_t kLanes = 16;
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i),
                        reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_loadu_ps(from + i))));
  narrow_portably(from + i, to + i, count - i);
}
#endif

}  // namespace

void narrow(const float* from, Bfloat16* to, int64_t count) {
#ifdef PARE_BF16_INSTRUCTION
  static const bool native = __builtin_cpu_supports("avx512bf16");
  if (native) return narrow_natively(from, to, count);
#endif
  narrow_portably(from, to, count);
}

void widen(const Bfloat16* from, float* to, int64_t count) { widen_range(from, to, count); }

}  // namespace pare
