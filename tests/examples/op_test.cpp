// An op: y = log(1 + exp x), with its gradient, and the test that both agree with double precision.
#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/tape.h"
#include "tests/support/numbers/op_harness.h"

namespace pare {
namespace {

// x (any shape) f32 or bf16 -> y of x's shape and data type. dx = dy / (1 + exp(-x)).
Var softplus(Tape& tape, const Var& x) {
  const Tensor in = x.value.to(DType::F32);
  Tensor out(in.shape());
  for (int64_t i = 0; i < in.size(); ++i) out.data<float>()[i] = std::log1p(std::exp(in.data<float>()[i]));
  return tape.record("softplus", out.to(x.value.dtype()), x.needs_grad(),
                     [in, node = x.node](const Tensor& dy, Tape& gradients) {
                       Tensor dx = dy.to(DType::F32).clone();
                       for (int64_t i = 0; i < dx.size(); ++i)
                         dx.data<float>()[i] /= 1 + std::exp(-in.data<float>()[i]);
                       gradients.add(node, dx.to(dy.dtype()));
                     });
}

// The same, naively: the harness differentiates it, and compares values and gradients in f32 and bf16.
reference::Array naive_softplus(const reference::Array& x) {
  reference::Array y(x.shape);
  for (int64_t i = 0; i < x.shape.count(); ++i) y[i] = log(exp(x[i]) + 1.0);
  return y;
}

TEST_CASE("example: an op's values and gradients are those of a double-precision version") {
  const std::vector<OpCase> cases{
      {.name = "softplus",
       .inputs = {{"x", {3, 5}}},
       .op = [](Tape& tape, const Vars& v, DType) { return softplus(tape, v[0]); },
       .naive = [](const Arrays& a) { return naive_softplus(a[0]); }}};
  prove("softplus", cases);
}

}  // namespace
}  // namespace pare
