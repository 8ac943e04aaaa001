#include "framework/autograd/ops.h"

#include <cmath>
#include <memory>
#include <utility>

#include "framework/base/rng.h"
#include "framework/kernels/channels/concat.h"
#include "framework/kernels/channels/gate.h"
#include "framework/kernels/channels/join.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "framework/kernels/loss/errors.h"
#include "framework/kernels/loss/softmax.h"
#include "framework/kernels/pooling/image_mean.h"
#include "framework/kernels/product/linear.h"

namespace pare {
namespace {

// What the gradient of an activation reads: its result y, or nothing.
Tensor kept_by(Activation activation, const Tensor& y) {
  return activation == Activation::Relu ? y : Tensor();
}

// The gradient of a bias (O) alone, where its weights want none.
Tensor bias_gradient(const Tensor& dy) {
  const int64_t outputs = dy.shape().back();
  return sum_of_rows(dy.reshaped(Shape{dy.size() / outputs, outputs}));
}

// The gradient of what the activation was applied to. That of y, which is let go, is overwritten.
Tensor before_activation(Tensor dy, Tensor& y) {
  return y ? relu_backward(std::move(dy), std::exchange(y, {})) : dy;
}

}  // namespace

Var conv2d(Tape& tape, const Var& x, const Var& w, const Var& b, const Conv2dGeometry& geometry,
           Activation activation) {
  Tensor y = conv2d_forward(x.value, w.value, b.value, geometry, activation);
  const bool wanted = x.needs_grad() || w.needs_grad() || b.needs_grad();
  // The data gradient reads w and the weight gradient reads x: each is kept only if that gradient is wanted.
  const ConvolutionOperand x_kept{w.needs_grad() ? x.value : Tensor(), x.shape()},
      w_kept{x.needs_grad() ? w.value : Tensor(), w.shape()};
  return tape.record("conv2d", y, wanted,
                     [geometry, xn = x.node, wn = w.node, bn = b.node, x_kept, w_kept,
                      y_kept = kept_by(activation, y)](Tensor dy, Tape& gradients) mutable {
                       const auto with_bias = bn == Var::kNoGradient ? WithBias::No : WithBias::Yes;
                       dy = before_activation(std::move(dy), y_kept);
                       if (wn == Var::kNoGradient && bn != Var::kNoGradient)
                         gradients.add(bn, bias_gradient(dy));
                       if (wn == Var::kNoGradient && xn == Var::kNoGradient) return;
                       ConvolutionGradients d = conv2d_backward(dy, x_kept, w_kept, geometry, with_bias);
                       if (d.parameters.weights) gradients.add(wn, std::move(d.parameters.weights));
                       if (d.parameters.bias) gradients.add(bn, std::move(d.parameters.bias));
                       if (d.src) gradients.add(xn, std::move(d.src));
                     });
}

Var linear(Tape& tape, const Var& x, const Var& w, const Var& b, Activation activation) {
  Tensor y = linear_forward(x.value, w.value, b.value, activation);
  const bool wanted = x.needs_grad() || w.needs_grad() || b.needs_grad();
  return tape.record(
      "linear", y, wanted,
      [xn = x.node, wn = w.node, bn = b.node, x_shape = x.shape(), w_shape = w.shape(),
       x_kept = w.needs_grad() ? x.value : Tensor(), w_kept = x.needs_grad() ? w.value : Tensor(),
       y_kept = kept_by(activation, y)](Tensor dy, Tape& gradients) mutable {
        dy = before_activation(std::move(dy), y_kept);
        if (x_kept) {
          const auto with_bias = bn == Var::kNoGradient ? WithBias::No : WithBias::Yes;
          WeightGradients d = linear_backward_weights(dy, x_kept, with_bias);
          gradients.add(wn, d.weights.reshaped(w_shape));
          if (d.bias) gradients.add(bn, std::move(d.bias));
        } else if (bn != Var::kNoGradient) {
          gradients.add(bn, bias_gradient(dy));
        }
        if (w_kept) gradients.add(xn, linear_backward_data(dy, w_kept).reshaped(x_shape));
      });
}

Var relu(Tape& tape, const Var& x) {
  Tensor y = relu_forward(x.value);
  return tape.record("relu", y, x.needs_grad(), [y, xn = x.node](Tensor dy, Tape& gradients) {
    gradients.add(xn, relu_backward(std::move(dy), y));
  });
}

Var add(Tape& tape, const Var& a, const Var& b) {
  check(a.shape() == b.shape(), "add: ", a.shape(), " and ", b.shape());
  return tape.record("add", sum(a.value, b.value), a.needs_grad() || b.needs_grad(),
                     [an = a.node, bn = b.node](const Tensor& dy, Tape& gradients) {
                       gradients.add(an, dy);
                       gradients.add(bn, dy);
                     });
}

Var add_scaled(Tape& tape, const Var& a, const Var& b, float factor) {
  const Tensor y = Tensor::full(Shape{1}, a.value.item() + factor * b.value.item());
  return tape.record("add_scaled", y, a.needs_grad() || b.needs_grad(),
                     [factor, an = a.node, bn = b.node](const Tensor& dy, Tape& gradients) {
                       gradients.add(bn, Tensor::full(Shape{1}, factor * dy.item()));
                       gradients.add(an, dy);
                     });
}

Var scaled(Tape& tape, const Var& x, float factor) {
  Tensor y = x.value.clone();
  scale(y, factor);
  return tape.record("scaled", std::move(y), x.needs_grad(),
                     [factor, xn = x.node](const Tensor& dy, Tape& gradients) {
                       Tensor dx = dy.clone();
                       scale(dx, factor);
                       gradients.add(xn, std::move(dx));
                     });
}

Var pool(Tape& tape, PoolKind kind, const Var& x, const PoolGeometry& geometry) {
  Pooled result = pool_forward(kind, x.value, geometry);
  return tape.record("pool", std::move(result.dst), x.needs_grad(),
                     [kind, geometry, workspace = std::move(result.workspace), x_shape = x.shape(),
                      xn = x.node](const Tensor& dy, Tape& gradients) {
                       gradients.add(xn, pool_backward(kind, dy, workspace, x_shape, geometry));
                     });
}

Var image_mean(Tape& tape, const Var& x) {
  return tape.record("image_mean", image_mean_forward(x.value), x.needs_grad(),
                     [shape = x.shape(), xn = x.node](const Tensor& dy, Tape& gradients) {
                       gradients.add(xn, image_mean_backward(dy, shape));
                     });
}

Var reshape(Tape& tape, const Var& x, const Shape& shape) {
  return tape.record("reshape", x.value.reshaped(shape), x.needs_grad(),
                     [x_shape = x.shape(), xn = x.node](const Tensor& dy, Tape& gradients) {
                       gradients.add(xn, dy.reshaped(x_shape));
                     });
}

Var dropout(Tape& tape, const Var& x, float rate, uint64_t seed, const std::string& name, uint64_t index) {
  if (const DType dtype = x.value.dtype(); dtype != DType::F32)
    return cast(tape, dropout(tape, cast(tape, x, DType::F32), rate, seed, name, index), dtype);
  Tensor mask(x.shape());
  Rng rng(seed, "dropout/" + name, index);
  for (float& factor : mask.floats()) factor = rng.uniform() < rate ? 0.0f : 1.0f / (1.0f - rate);
  const auto times_mask = [](const Tensor& t, const Tensor& m) {
    Tensor product(t.shape());
    for (int64_t i = 0; i < t.size(); ++i) product.data<float>()[i] = t.data<float>()[i] * m.data<float>()[i];
    return product;
  };
  return tape.record("dropout", times_mask(x.value, mask), x.needs_grad(),
                     [times_mask, mask, xn = x.node](const Tensor& dy, Tape& gradients) {
                       gradients.add(xn, times_mask(dy, mask));
                     });
}

Var cross_entropy(Tape& tape, const Var& logits, std::span<const int32_t> labels, float smoothing,
                  std::vector<float> weights) {
  return cross_entropy(tape, logits, targets_of(labels, logits.shape().back(), smoothing),
                       std::move(weights));
}

Var cross_entropy(Tape& tape, const Var& logits, const Tensor& targets, std::vector<float> weights) {
  CrossEntropy result = cross_entropy_forward(logits.value, targets, weights);
  return tape.record("cross_entropy", Tensor::full(Shape{1}, result.loss), logits.needs_grad(),
                     [probabilities = std::move(result.probabilities), targets, weights = std::move(weights),
                      dtype = logits.value.dtype(), node = logits.node](const Tensor& dy, Tape& gradients) {
                       gradients.add(
                           node, cross_entropy_backward(probabilities, targets, weights, dy.item(), dtype));
                     });
}

namespace {

// A loss of outputs against target numbers, by its pair of kernels; `numbers` are what else they take.
template <class Forward, class Backward, class... Numbers>
Var loss_of(Tape& tape, const char* name, const Var& outputs, const Tensor& targets, Forward forward,
            Backward backward, Numbers... numbers) {
  return tape.record(name, Tensor::full(Shape{1}, forward(outputs.value, targets, numbers...)),
                     outputs.needs_grad(),
                     [targets, backward, numbers..., y = outputs.value, node = outputs.node](
                         const Tensor& dy, Tape& gradients) {
                       gradients.add(node, backward(y, targets, numbers..., dy.item()));
                     });
}

}  // namespace

Var squared_error(Tape& tape, const Var& outputs, const Tensor& targets) {
  return loss_of(tape, "squared_error", outputs, targets, squared_error_forward, squared_error_backward);
}

Var absolute_error(Tape& tape, const Var& outputs, const Tensor& targets) {
  return loss_of(tape, "absolute_error", outputs, targets, absolute_error_forward, absolute_error_backward);
}

Var huber(Tape& tape, const Var& outputs, const Tensor& targets, float delta) {
  return loss_of(tape, "huber", outputs, targets, huber_forward, huber_backward, delta);
}

Var binary_cross_entropy(Tape& tape, const Var& logits, const Tensor& targets) {
  return loss_of(tape, "binary_cross_entropy", logits, targets, binary_cross_entropy_forward,
                 binary_cross_entropy_backward);
}

namespace {

// `rate_slope`: d loss / d rate, which is known before the backward pass comes to the weights.
// `quantiser` has made y of x.
Var record_quantise(Tape& tape, Quantiser quantiser, Tensor y, const Var& x, const Var& bits,
                    const Var& exponents, std::shared_ptr<const float> rate_slope) {
  return tape.record("quantise", std::move(y), x.needs_grad() || bits.needs_grad() || exponents.needs_grad(),
                     [=, quantiser = std::move(quantiser), x = x, bn = bits.node, en = exponents.node](
                         Tensor dy, Tape& gradients) {
                       dy = dy.to(DType::F32);
                       QuantiseGradients d =
                           quantiser.backward(std::move(dy), x.value, rate_slope ? *rate_slope : 0);
                       gradients.add(x.node, std::move(d.x));
                       gradients.add(bn, std::move(d.bits));
                       gradients.add(en, std::move(d.exponents));
                     });
}

}  // namespace

Var quantise(Tape& tape, const Var& x, const Var& bits, const Var& exponents, Levels levels, DType dtype) {
  Quantiser quantiser(bits.value, exponents.value, levels);
  Tensor y = quantiser.forward(x.value, dtype);
  return record_quantise(tape, std::move(quantiser), std::move(y), x, bits, exponents, nullptr);
}

RatedWeights quantise_with_rate(Tape& tape, const Var& x, const Var& bits, const Var& exponents,
                                Levels levels, DType dtype) {
  Quantiser quantiser(bits.value, exponents.value, levels);
  Tensor rates;
  Tensor y = quantiser.forward(x.value, dtype, &rates);
  const auto slope = std::make_shared<float>(0.0f);
  Var weights = record_quantise(tape, std::move(quantiser), std::move(y), x, bits, exponents, slope);
  double total = 0;
  for (const float bits_of_channel : rates.floats()) total += bits_of_channel;
  // Recorded behind the weights, so its backward comes before theirs, and after that of all their readers.
  Var rate =
      tape.record("rate", Tensor::full(Shape{1}, static_cast<float>(total)), weights.needs_grad(),
                  [slope, node = weights.node, shape = x.shape(), dtype](const Tensor& dy, Tape& gradients) {
                    *slope = dy.item();
                    if (!gradients.reached(node)) gradients.add(node, Tensor::zeros(shape, dtype));
                  });
  return {std::move(weights), std::move(rate)};
}

Var repeated(Tape& tape, const Var& x, int64_t count) {
  return tape.record("repeated", Tensor::full({count}, x.value.item()), x.needs_grad(),
                     [node = x.node](const Tensor& dy, Tape& gradients) {
                       double sum = 0;
                       for (const float d : dy.floats()) sum += d;
                       gradients.add(node, Tensor::full({1}, static_cast<float>(sum)));
                     });
}

Var quantise_uniform(Tape& tape, const Var& x, const Var& exponent, IntegerRange range) {
  const float e = exponent.value.item();
  return tape.record("quantise_uniform", quantise_uniform(x.value, e, range),
                     x.needs_grad() || exponent.needs_grad(),
                     [=, x = x, en = exponent.node](Tensor dy, Tape& gradients) {
                       UniformGradients d = quantise_uniform_backward(std::move(dy), x.value, e, range);
                       gradients.add(x.node, std::move(d.x));
                       gradients.add(en, Tensor::full({1}, static_cast<float>(d.exponent)));
                     });
}

Normalised batch_norm(Tape& tape, const Var& x, const Var& gamma, const Var& beta, float epsilon,
                      const Var& residual, Activation activation) {
  BatchNormForward result =
      batch_norm_forward(x.value, gamma.value, beta.value, epsilon, residual.value, activation);
  const bool wanted = x.needs_grad() || gamma.needs_grad() || beta.needs_grad() || residual.needs_grad();
  Var y = tape.record("batch_norm", result.dst, wanted,
                      [=, x = x, g = gamma.value, gn = gamma.node, bn = beta.node, rn = residual.node,
                       y = kept_by(activation, result.dst), mean = result.mean,
                       variance = result.variance](const Tensor& dy, Tape& gradients) {
                        const auto with = rn == Var::kNoGradient ? WithResidual::No : WithResidual::Yes;
                        BatchNormGradients d =
                            batch_norm_backward(dy, y, x.value, g, mean, variance, epsilon, with, activation);
                        if (d.residual) gradients.add(rn, std::move(d.residual));
                        gradients.add(gn, std::move(d.gamma));
                        gradients.add(bn, std::move(d.beta));
                        gradients.add(x.node, std::move(d.src));
                      });
  return {std::move(y), std::move(result.mean), std::move(result.variance)};
}

// With z the gradient behind the activation and x^ = (x - mean) / sqrt(variance + epsilon):
//   dx = z gamma / sqrt(variance + epsilon), dgamma = sum z x^, dbeta = sum z, dresidual = z
Var normalise_by(Tape& tape, const Var& x, const Var& gamma, const Var& beta, const Statistics& statistics,
                 float epsilon, const Var& residual, Activation activation) {
  const Shape channels = gamma.shape();
  Tensor scale(channels), shift(channels);
  for (int64_t c = 0; c < channels.count(); ++c) {
    const float s = gamma.value.data<float>()[c] / std::sqrt(statistics.variance.data<float>()[c] + epsilon);
    scale.data<float>()[c] = s;
    shift.data<float>()[c] = beta.value.data<float>()[c] - statistics.mean.data<float>()[c] * s;
  }
  const Tensor y = scale_shift(x.value, scale, shift, residual.value, activation);
  const bool wanted = x.needs_grad() || gamma.needs_grad() || beta.needs_grad() || residual.needs_grad();
  return tape.record(
      "normalise_by", y, wanted,
      [=, x = x, gn = gamma.node, bn = beta.node, rn = residual.node, y_kept = kept_by(activation, y)](
          Tensor dy, Tape& gradients) mutable {
        const Tensor z = before_activation(std::move(dy), y_kept), zeros = Tensor::zeros(channels);
        if (gn != Var::kNoGradient || bn != Var::kNoGradient) {
          Tensor inverse(channels), centre(channels);
          for (int64_t c = 0; c < channels.count(); ++c) {
            const float i = 1 / std::sqrt(statistics.variance.data<float>()[c] + epsilon);
            inverse.data<float>()[c] = i;
            centre.data<float>()[c] = -statistics.mean.data<float>()[c] * i;
          }
          const Shape rows{z.size() / channels.count(), channels.count()};
          const Tensor z32 = z.to(DType::F32).reshaped(rows);
          Tensor products = scale_shift(x.value.to(DType::F32), inverse, centre, {}, Activation::None);
          products = products.reshaped(rows);
          multiply(products, z32);
          gradients.add(gn, sum_of_rows(products));
          gradients.add(bn, sum_of_rows(z32));
        }
        if (x.needs_grad()) gradients.add(x.node, scale_shift(z, scale, zeros, {}, Activation::None));
        gradients.add(rn, z);
      });
}

Var gate(Tape& tape, const Var& x, const Var& g, std::span<const int> from) {
  return tape.record(
      "gate", gate_forward(x.value, g.value, from), x.needs_grad() || g.needs_grad(),
      [x = x, g = g, from = std::vector<int>(from.begin(), from.end())](const Tensor& dy, Tape& gradients) {
        GateGradients d = gate_backward(dy, x.value, g.value, from);
        gradients.add(x.node, std::move(d.src));
        if (g.needs_grad()) gradients.add(g.node, std::move(d.gate));
      });
}

Var union_sum(Tape& tape, const Var& a, const Var& b, std::span<const int> a_from,
              std::span<const int> b_from) {
  return tape.record(
      "union_sum", union_sum_forward(a.value, b.value, a_from, b_from), a.needs_grad() || b.needs_grad(),
      [an = a.node, bn = b.node, ca = a.shape().back(), cb = b.shape().back(),
       a_map = std::vector<int>(a_from.begin(), a_from.end()),
       b_map = std::vector<int>(b_from.begin(), b_from.end())](const Tensor& dy, Tape& gradients) {
        if (an != Var::kNoGradient) gradients.add(an, union_sum_backward(dy, a_map, ca));
        if (bn != Var::kNoGradient) gradients.add(bn, union_sum_backward(dy, b_map, cb));
      });
}

Var concat(Tape& tape, std::span<const Var> inputs) {
  // Of each input: its place on the tape, and which channels of the output are its own.
  struct Part {
    int node;
    int64_t first, channels;
  };
  std::vector<Tensor> values;
  std::vector<Part> parts;
  int64_t first = 0;
  bool needs_grad = false;
  for (const Var& input : inputs) {
    const int64_t channels = input.shape().back();
    if (input.needs_grad()) parts.push_back({input.node, first, channels});
    needs_grad = needs_grad || input.needs_grad();
    values.push_back(input.value);
    first += channels;
  }
  return tape.record("concat", concat_forward(values), needs_grad,
                     [parts](const Tensor& dy, Tape& gradients) {
                       for (const Part& part : parts)
                         gradients.add(part.node, concat_backward(dy, part.first, part.channels));
                     });
}

Var cast(Tape& tape, const Var& x, DType dtype) {
  if (x.value.dtype() == dtype) return x;
  return tape.record("cast", x.value.to(dtype), x.needs_grad(),
                     [from = x.value.dtype(), xn = x.node](const Tensor& dy, Tape& gradients) {
                       gradients.add(xn, dy.to(from));
                     });
}

}  // namespace pare
