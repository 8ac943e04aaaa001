// What this machine and oneDNN can do with bf16.
#pragma once

namespace pare {

// oneDNN has bf16 kernels for this CPU (AVX-512 with BW, DQ and VL). Unless they are native too, each
// operand is converted on the way: correct, but seldom faster than f32.
bool bf16_is_supported();

// The CPU multiplies bf16 itself (AVX512_BF16 or AMX).
bool bf16_is_native();

}  // namespace pare
