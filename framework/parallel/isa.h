// The instruction sets that our own kernels are compiled for.
#pragma once

namespace pare {

// Each extends the one before: what the compiler uses anyway; x86-64-v3; x86-64-v4; that and AVX512_BF16.
enum class Isa { Baseline, Avx2, Avx512, Avx512Bf16 };

// As in $PARE_MAX_ISA: baseline, avx2, avx512 or avx512_bf16.
const char* name(Isa isa);

// The best one of this CPU, but at most what $PARE_MAX_ISA says, which imitates a
// narrower machine; oneDNN then gets the same limit. Other CPUs than x86-64 have Baseline.
// Throws Failure::Usage for another word in the variable.
Isa isa();

// Whether $PARE_MAX_ISA is set.
bool isa_is_limited();

}  // namespace pare
