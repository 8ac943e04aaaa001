// Which oneDNN is here, and what it and this machine can do with bf16.
#pragma once

#include <string>

namespace pare {

// The version of the library that is loaded, such as "2.6.3". Another one sums in another order.
std::string onednn_version();

// oneDNN has bf16 kernels for this CPU (AVX-512 with BW, DQ and VL). Unless they are native too (AVX512_BF16,
// AMX), each operand is converted on the way: correct, but seldom faster than f32.
bool bf16_is_supported();

}  // namespace pare
