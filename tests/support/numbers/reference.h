// Naive double-precision versions of the operations: plain loops written from the definitions, one function
// an operation. Gradients come from Number, so none is written by hand.
//
// Layouts are the engine's: activations (N,H,W,C), weights (O,KH,KW,I/groups).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/kernels/convolution/convolution.h"
#include "framework/kernels/normalisation/batch_norm.h"
#include "framework/kernels/pooling/pooling.h"
#include "framework/kernels/quantisation/quantise.h"
#include "framework/kernels/quantisation/uniform.h"
#include "framework/tensor/shape.h"
#include "tests/support/numbers/number.h"

namespace pare::reference {

struct Array {
  Shape shape;
  std::vector<Number> numbers;  // row-major

  Array() = default;
  explicit Array(const Shape& s) : shape(s), numbers(static_cast<size_t>(s.count())) {}
  Number& operator[](int64_t i) { return numbers[i]; }
  const Number& operator[](int64_t i) const { return numbers[i]; }
  Number& at(int64_t n, int64_t h, int64_t w, int64_t c) { return numbers[index(n, h, w, c)]; }
  const Number& at(int64_t n, int64_t h, int64_t w, int64_t c) const { return numbers[index(n, h, w, c)]; }

 private:
  int64_t index(int64_t n, int64_t h, int64_t w, int64_t c) const {
    return ((n * shape[1] + h) * shape[2] + w) * shape[3] + c;
  }
};

Array conv2d(const Array& x, const Array& w, const Array& b, const Conv2dGeometry& geometry);  // b may be {}
Array linear(const Array& x, const Array& w, const Array& b);                                  // b may be {}
Array relu(const Array& x);  // the gradient at 0 is 0
Array add(const Array& a, const Array& b, double factor = 1);
Array multiply(const Array& x, std::span<const float> mask);
Array pool(PoolKind kind, const Array& x, const PoolGeometry& geometry);  // the first maximum wins
// Over all axes but the last, by the biased variance of x itself; residual may be {}.
Array batch_norm(const Array& x, const Array& gamma, const Array& beta, double epsilon, const Array& residual,
                 Activation activation);
Array gate(const Array& x, const Array& g, std::span<const int> from);
Array union_sum(const Array& a, const Array& b, std::span<const int> a_from, std::span<const int> b_from);
Array reshape(const Array& x, const Shape& shape);
// `weights` of the rows; without them each counts 1.
Array cross_entropy(const Array& logits, std::span<const int32_t> labels, double smoothing,
                    std::span<const float> weights = {});
Array cross_entropy(const Array& logits, std::span<const double> targets,
                    std::span<const float> weights = {});
Array squared_error(const Array& outputs, std::span<const double> targets);
Array absolute_error(const Array& outputs, std::span<const double> targets);
Array huber(const Array& outputs, std::span<const double> targets, double delta);
Array binary_cross_entropy(const Array& logits, std::span<const double> targets);
Array quantise(const Array& x, const Array& bits, const Array& exponents, Levels levels);
Array quantise_uniform(const Array& x, const Array& exponent, IntegerRange range);
Array rate(const Array& x, const Array& bits, const Array& exponents, Levels levels);

}  // namespace pare::reference
