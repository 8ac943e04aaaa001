// PARE_SIMD in front of a hand-written loop compiles it several times (plain, AVX2, AVX-512) and picks the
// best one this machine can run, at load time; templates, too. What the loop calls is compiled into it
// (`flatten`), or it would be compiled once and plainly. Element-wise results are the same in all of them:
// contraction to fused multiply-adds is off for these files, and sums are written with a fixed number of
// lanes.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define PARE_SIMD __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), flatten))
#else
#define PARE_SIMD
#endif
