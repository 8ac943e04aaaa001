// simd<loop>(arguments...): calls a hand-written loop as compiled for the best instructions this machine has:
// the compiler makes a plain, an AVX2 and an AVX-512 version of it. What the loop calls is compiled into each
// (`flatten`), or it would be compiled once and plainly.
//
// Element-wise results are the same in all of them: contraction to fused multiply-adds is off for these
// files, and sums are written with a fixed number of lanes.
#pragma once

#include "framework/parallel/isa.h"

namespace pare {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)

template <auto kLoop, class Type = decltype(kLoop)>
struct Compiled;

template <auto kLoop, class Result, class... Arguments>
struct Compiled<kLoop, Result (*)(Arguments...)> {
  [[gnu::flatten]] static Result plain(Arguments... arguments) { return kLoop(arguments...); }
  [[gnu::target("arch=x86-64-v3"), gnu::flatten]] static Result with_avx2(Arguments... arguments) {
    return kLoop(arguments...);
  }
  [[gnu::target("arch=x86-64-v4"), gnu::flatten]] static Result with_avx512(Arguments... arguments) {
    return kLoop(arguments...);
  }
};

template <auto kLoop, class... Arguments>
auto simd(Arguments&&... arguments) {
  using Versions = Compiled<kLoop>;
  static const auto best = isa() >= Isa::Avx512 ? Versions::with_avx512
                           : isa() >= Isa::Avx2 ? Versions::with_avx2
                                                : Versions::plain;
  return best(arguments...);
}

#else

template <auto kLoop, class... Arguments>
auto simd(Arguments&&... arguments) {
  return kLoop(arguments...);
}

#endif

}  // namespace pare
