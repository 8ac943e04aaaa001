#include "tests/support/numbers/op_harness.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "framework/kernels/elementwise/precision.h"

namespace pare {
namespace {

using reference::Array;
using reference::Number;
using reference::Trace;

constexpr double kDifferenceTolerance = 1e-7;
constexpr double kStep = 0x1p-10;  // of the finite differences; kinks must be farther than twice this

struct Worst {
  double value = 0, gradient = 0;
};

double tolerance(const OpCase& test, DType dtype) {
  return dtype == DType::F32 ? test.f32_tolerance : test.bf16_tolerance;
}

std::vector<Tensor> draw_inputs(const OpCase& test, DType dtype) {
  std::vector<Values> values;
  for (const OpInput& input : test.inputs) {
    Rng rng(1, test.name + "/" + input.name);
    values.push_back(input.draw(input.shape, rng));
  }
  Rng rng(1, test.name + "/settle");
  if (test.settle) test.settle(values, rng);
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < values.size(); ++i) {
    const bool rounded = test.inputs[i].storage == Storage::Activation;
    tensors.push_back(Tensor::of(test.inputs[i].shape, values[i]).to(rounded ? dtype : DType::F32));
  }
  return tensors;
}

// Leaves NaNs (in both types) in the pool's free blocks, so that numbers a kernel forgets to write show up.
void poison_pool(const Shape& shape) {
  std::vector<Tensor> blocks;
  for (int i = 0; i < 4; ++i)
    for (const DType dtype : {DType::F32, DType::BF16}) {
      blocks.emplace_back(shape, dtype);
      std::memset(blocks.back().raw(), 0xFF, blocks.back().bytes());
    }
}

// The operation's value, and its gradients when dy flows into it.
struct Outcome {
  Tensor value;
  Tensor dy;
  std::vector<Tensor> gradients;
};
Outcome run_op(const OpCase& test, const std::vector<Tensor>& inputs, DType dtype) {
  std::vector<Parameter> parameters(inputs.size());
  Tape tape;
  std::vector<Var> leaves;
  for (size_t i = 0; i < inputs.size(); ++i) {
    poison_pool(inputs[i].shape());
    parameters[i].value = inputs[i];
    leaves.push_back(tape.leaf(parameters[i]));
  }
  const Var y = test.op(tape, leaves, dtype);
  poison_pool(y.shape());

  Rng rng(1, test.name + "/dy");
  Outcome outcome{y.value, Tensor::of(y.shape(), normal(y.shape(), rng)).to(y.value.dtype()), {}};
  const Var loss = tape.record(
      "probe", Tensor::full(Shape{1}, 0), true,
      [node = y.node, dy = outcome.dy](const Tensor&, Tape& gradients) { gradients.add(node, dy.clone()); });
  tape.backward(loss);
  for (const Parameter& parameter : parameters) outcome.gradients.push_back(parameter.grad);
  return outcome;
}

Number weighted_sum(const Array& y, const Values& weights) {
  Number total(0);
  for (int64_t i = 0; i < y.shape.count(); ++i) total = total + y[i] * double{weights[i]};
  return total;
}

Values floats_of(const Tensor& tensor) {
  const Tensor converted = tensor.to(DType::F32);
  return {converted.floats().begin(), converted.floats().end()};
}

std::vector<double> gradient_of(const Trace& trace, const Array& input) {
  std::vector<double> gradient;
  for (const Number& number : input.numbers) gradient.push_back(trace.gradient(number));
  return gradient;
}

// Differences along random directions in one input at a time: each sees every element of the gradient. Steps
// are in proportion to small elements, so that weights far below 1 do not jump over their kinks.
void check_differences(const OpCase& test, Trace& trace, std::vector<Array> inputs, const Values& dy) {
  for (size_t which = 0; which < inputs.size(); ++which) {
    const std::vector<double> gradient = gradient_of(trace, inputs[which]);
    const Array centre = inputs[which];
    Rng rng(1, test.name + "/direction", which);
    for (int trial = 0; trial < 2; ++trial) {
      std::vector<double> direction(gradient.size());
      double expected = 0, squares = 0;
      for (size_t i = 0; i < direction.size(); ++i) {
        const double size = std::abs(centre.numbers[i].value);
        direction[i] = (rng.below(2) == 0 ? -1 : 1) * (size > 0 ? std::min(size, 1.0) : 1.0);
        expected += gradient[i] * direction[i];
        squares += gradient[i] * direction[i] * gradient[i] * direction[i];
      }
      const auto loss_at = [&](double steps) {
        for (size_t i = 0; i < direction.size(); ++i)
          inputs[which].numbers[i] = centre.numbers[i].value + steps * kStep * direction[i];
        trace.replay();
        return weighted_sum(test.naive(inputs), dy).value;
      };
      const double difference = (8 * (loss_at(1) - loss_at(-1)) - (loss_at(2) - loss_at(-2))) / (12 * kStep);
      INFO("finite differences along ", test.inputs[which].name, ": ", difference, ", gradient ", expected);
      CHECK(std::abs(difference - expected) <= kDifferenceTolerance * std::sqrt(squares));
    }
    inputs[which] = centre;
  }
}

void prove_in(const OpCase& test, DType dtype, Worst& worst) {
  INFO(text(test.name, " in ", name(dtype)));
  const std::vector<Tensor> inputs = draw_inputs(test, dtype);
  const Outcome outcome = run_op(test, inputs, dtype);

  Trace trace;
  std::vector<Array> numbers;
  for (const Tensor& input : inputs) {
    numbers.emplace_back(input.shape());
    for (size_t i = 0; const float value : floats_of(input)) numbers.back().numbers[i++] = trace.input(value);
  }
  const Array y = test.naive(numbers);
  const Values dy = floats_of(outcome.dy);
  REQUIRE(outcome.value.shape() == y.shape);
  trace.backward(weighted_sum(y, dy));

  std::vector<double> expected;
  for (const Number& number : y.numbers) expected.push_back(number.value);
  const double error = relative_error(floats_of(outcome.value), expected);
  CHECK_MESSAGE(error <= tolerance(test, dtype), "value is off by ", error);
  worst.value = std::max(worst.value, error);

  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& gradient = outcome.gradients[i];
    REQUIRE(gradient.shape() == inputs[i].shape());
    const double off = relative_error(floats_of(gradient), gradient_of(trace, numbers[i]));
    CHECK_MESSAGE(off <= tolerance(test, dtype), "gradient of ", test.inputs[i].name, " is off by ", off);
    worst.gradient = std::max(worst.gradient, off);
  }
  if (dtype == DType::F32 && test.kinks == Kinks::Avoided) check_differences(test, trace, numbers, dy);
}

}  // namespace

Values normal(const Shape& shape, Rng& rng) {
  Values values(static_cast<size_t>(shape.count()));
  for (float& value : values) value = rng.normal();
  return values;
}

Draw cycle(Values values) {
  return [values = std::move(values)](const Shape& shape, Rng&) {
    Values out(static_cast<size_t>(shape.count()));
    for (size_t i = 0; i < out.size(); ++i) out[i] = values[i % values.size()];
    return out;
  };
}

double relative_error(std::span<const float> got, std::span<const double> expected) {
  double squares = 0;
  for (const double value : expected) squares += value * value;
  const double size = std::sqrt(squares / static_cast<double>(expected.size()));
  double worst = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference = std::abs(double{got[i]} - expected[i]);
    if (difference == 0) continue;
    const double relative = difference / std::max(std::abs(expected[i]), size);
    worst = std::isnan(relative) ? std::numeric_limits<double>::infinity() : std::max(worst, relative);
    if (std::isinf(worst)) break;
  }
  return worst;
}

void prove(const std::string& op, std::span<const OpCase> cases) {
  Worst f32, bf16;
  bool wants_bf16 = false;
  for (const OpCase& test : cases) {
    prove_in(test, DType::F32, f32);
    if (test.precisions == Precisions::OnlyF32) continue;
    wants_bf16 = true;
    if (bf16_is_supported()) prove_in(test, DType::BF16, bf16);
  }
  std::string second;
  if (wants_bf16)
    second = bf16_is_supported() ? text("; bf16: value ", bf16.value, ", gradient ", bf16.gradient)
                                 : "; partly skipped: oneDNN has no bf16 on this CPU, only f32 is tested";
  MESSAGE(op, ": worst f32: value ", f32.value, ", gradient ", f32.gradient, second);
}

}  // namespace pare
