// A kernel's template for the data type a tensor happens to have.
#pragma once

#include "framework/base/tensor.h"

namespace pare {

// Calls body(T{}) with the tensors' element type T, float or Bfloat16.
template <class Body>
void with_type(DType dtype, const Body& body) {
  if (dtype == DType::F32)
    body(float{});
  else
    body(Bfloat16{});
}

}  // namespace pare
