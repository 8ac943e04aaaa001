// What a test does on a CPU for which oneDNN has no bf16.
//
// `./pare test` lists what it skips by these messages (CMakeLists.txt, pare).
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "framework/kernels/elementwise/precision.h"
#include "framework/tensor/tensor.h"

namespace pare {

// For a test of bf16 alone: if (!bf16_or_skip()) return;
inline bool bf16_or_skip() {
  if (bf16_is_supported()) return true;
  MESSAGE("skipped: oneDNN has no bf16 on this CPU");
  return false;
}

// For a test of each precision.
inline std::vector<DType> precisions() {
  if (bf16_is_supported()) return {DType::F32, DType::BF16};
  MESSAGE("partly skipped: oneDNN has no bf16 on this CPU, only f32 is tested");
  return {DType::F32};
}

// As configs write them.
inline std::vector<std::string> precision_names() {
  std::vector<std::string> names;
  for (const DType dtype : precisions()) names.emplace_back(name(dtype));
  return names;
}

}  // namespace pare
