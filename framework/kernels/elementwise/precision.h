// What this machine and oneDNN can do with bf16.
#pragma once

namespace pare {

// oneDNN has bf16 kernels for this CPU (AVX-512 with BW, DQ and VL). Unless they are native too (AVX512_BF16,
// AMX), each operand is converted on the way: correct, but seldom faster than f32.
bool bf16_is_supported();

}  // namespace pare
