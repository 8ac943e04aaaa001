// Loops over single elements: activations, sums, scaling. Tensors are f32 or bf16; both operands share a
// type.
#pragma once

#include <span>

#include "framework/tensor/tensor.h"

namespace pare {

// max(src, 0), in the place of src when nothing else holds it.
Tensor relu_forward(Tensor src);
// Where dst > 0 the gradient passes, in the place of diff_dst when nothing else holds it.
Tensor relu_backward(Tensor diff_dst, const Tensor& dst);

Tensor sum(const Tensor& a, const Tensor& b);
void accumulate(Tensor& into, const Tensor& addend);  // into += addend
// The sum of one or more (f32 only), combined in a binary tree: 0 + 1, 2 + 3, ..., then those sums.
// Overwrites their memory.
Tensor sum_of(std::vector<Tensor> addends);
void multiply(Tensor& into, const Tensor& factors);  // into *= factors (f32 only)
void scale(Tensor& tensor, float factor);            // (f32 only)

// (N,...) -> the f32 sum over N of each column: rows in order within a part, then the parts.
Tensor sum_of_rows(const Tensor& rows);

// Sum of squares in double, in a fixed order (f32 only).
double sum_of_squares(const Tensor& tensor);
// Index of the first NaN or infinity, or -1 (f32 only).
int64_t first_not_finite(const Tensor& tensor);

}  // namespace pare
