// A kernel's template for the data type a tensor happens to have.
#pragma once

#include "framework/tensor/tensor.h"

namespace pare {

// Calls body(T{}) with the tensors' element type T, float or Bfloat16.
template <class Body>
void with_type(DType dtype, const Body& body) {
  if (dtype == DType::F32)
    body(float{});
  else
    body(Bfloat16{});
}

// value if `keep`, or else zero. The compiler makes vector code of selected numbers, and jumps of selected
// structs.
inline float kept(bool keep, float value) { return keep ? value : 0.0f; }
inline Bfloat16 kept(bool keep, Bfloat16 value) {
  Bfloat16 result;
  result.bits = keep ? value.bits : uint16_t{0};
  return result;
}

}  // namespace pare
