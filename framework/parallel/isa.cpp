#include "framework/parallel/isa.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "framework/base/error.h"

namespace pare {
namespace {

Isa best() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  if (!__builtin_cpu_supports("x86-64-v3")) return Isa::Baseline;
  if (!__builtin_cpu_supports("x86-64-v4")) return Isa::Avx2;
  return __builtin_cpu_supports("avx512bf16") ? Isa::Avx512Bf16 : Isa::Avx512;
#else
  return Isa::Baseline;
#endif
}

std::optional<Isa> limit() {
  const char* const set = std::getenv("PARE_MAX_ISA");
  if (set == nullptr || *set == '\0') return std::nullopt;
  const std::string_view word(set);
  for (const Isa isa : {Isa::Baseline, Isa::Avx2, Isa::Avx512, Isa::Avx512Bf16})
    if (word == name(isa)) return isa;
  fail(Failure::Usage, "PARE_MAX_ISA: expected baseline, avx2, avx512 or avx512_bf16, got '", word, "'");
}

}  // namespace

const char* name(Isa isa) {
  constexpr const char* kNames[] = {"baseline", "avx2", "avx512", "avx512_bf16"};
  return kNames[static_cast<int>(isa)];
}

Isa isa() {
  static const Isa chosen = std::min(best(), limit().value_or(Isa::Avx512Bf16));
  return chosen;
}

bool isa_is_limited() {
  static const bool limited = limit().has_value();
  return limited;
}

}  // namespace pare
