// Differentiable operations: each checks shapes, calls its kernel and records its backward on the tape.
//
// Activations are (N,H,W,C) or (N,F), f32 or bf16; weights (O,KH,KW,I) in the activations' type; bias f32.
#pragma once

#include <span>
#include <vector>

#include "framework/autograd/tape.h"
#include "framework/kernels/convolution/convolution.h"
#include "framework/kernels/normalisation/batch_norm.h"
#include "framework/kernels/pooling/pooling.h"
#include "framework/kernels/quantisation/quantise.h"
#include "framework/kernels/quantisation/uniform.h"

namespace pare {

// y = activation(x * w + b) (cross-correlation). b may be an empty constant. (N,H,W,C) -> (N,OH,OW,O)
Var conv2d(Tape& tape, const Var& x, const Var& w, const Var& b, const Conv2dGeometry& geometry,
           Activation activation = Activation::None);

// y = activation(x w^T + b) over everything but the first axis: x (N,...), w (O,...) of the same row size
// -> (N,O), or (N,1,1,O) for w (O,KH,KW,I)
Var linear(Tape& tape, const Var& x, const Var& w, const Var& b, Activation activation = Activation::None);

Var relu(Tape& tape, const Var& x);
Var add(Tape& tape, const Var& a, const Var& b);                       // same shape
Var add_scaled(Tape& tape, const Var& a, const Var& b, float factor);  // one-element f32: a + factor b
Var scaled(Tape& tape, const Var& x, float factor);                    // factor x, f32
Var pool(Tape& tape, PoolKind kind, const Var& x, const PoolGeometry& geometry);
// (N,H,W,C) -> (N,1,1,C): the mean over each channel's whole image (kernels/pooling/image_mean.h).
Var image_mean(Tape& tape, const Var& x);
Var reshape(Tape& tape, const Var& x, const Shape& shape);

// Keeps each element with probability 1 - rate and scales it by 1 / (1 - rate); `seed`, `name` and `index`
// fix the choice.
Var dropout(Tape& tape, const Var& x, float rate, uint64_t seed, const std::string& name, uint64_t index);

// Mean cross-entropy of softmax(logits) against labels, or against target distributions (N,K) f32, which
// get no gradient; in nats: one element, f32. Each row's share is multiplied by its weight (N), if there are
// weights. (N,K) -> (1)
Var cross_entropy(Tape& tape, const Var& logits, std::span<const int32_t> labels, float smoothing = 0,
                  std::vector<float> weights = {});
Var cross_entropy(Tape& tape, const Var& logits, const Tensor& targets, std::vector<float> weights = {});

// Means over all numbers of (output - target)^2, of |output - target|, and of Huber's loss
// (kernels/loss/errors.h); targets (N,K) f32 get no gradient. (N,K) -> (1)
Var squared_error(Tape& tape, const Var& outputs, const Tensor& targets);
Var absolute_error(Tape& tape, const Var& outputs, const Tensor& targets);
Var huber(Tape& tape, const Var& outputs, const Tensor& targets, float delta);

// Mean over all numbers of the cross-entropy of sigmoid(logit) against a target in [0, 1], in nats; targets
// (N,K) f32 get no gradient. (N,K) -> (1)
Var binary_cross_entropy(Tape& tape, const Var& logits, const Tensor& targets);

// Channel c of the result is channel from[c] of x times g's element c (kernels/channels/gate.h).
Var gate(Tape& tape, const Var& x, const Var& g, std::span<const int> from);

// The one number of x, so many times: (1) -> (count), f32.
Var repeated(Tape& tape, const Var& x, int64_t count);

// x as integers of this range times 2^exponent, one step for all (kernels/quantisation/uniform.h): x f32 or
// bf16, exponent (1) f32 -> x's shape and data type.
Var quantise_uniform(Tape& tape, const Var& x, const Var& exponent, IntegerRange range);

// The learnable quantiser (kernels/quantisation/quantise.h): x (O,...), bits (O), exponents (O) -> x's shape
// in `dtype`.
Var quantise(Tape& tape, const Var& x, const Var& bits, const Var& exponents, Levels levels, DType dtype);

// The same together with the rate, an estimate of the bits that an entropy coder needs: the sum over all
// weights of log2(1 + 2 |clamp(2^-e x)|), in bits: one element, f32. One operation, because both gradients
// come out of one pass.
struct RatedWeights {
  Var weights, rate;
};
RatedWeights quantise_with_rate(Tape& tape, const Var& x, const Var& bits, const Var& exponents,
                                Levels levels, DType dtype);

// y = activation(batch norm of x + residual), over the statistics of this batch, which come back for the
// running ones. residual may be an empty constant. (N,H,W,C); gamma, beta (C) f32
// (kernels/normalisation/batch_norm.h)
struct Normalised {
  Var y;
  Tensor mean, variance;  // (C)
};
Normalised batch_norm(Tape& tape, const Var& x, const Var& gamma, const Var& beta, float epsilon,
                      const Var& residual, Activation activation);

// The same over statistics that stand still, as in evaluation.
struct Statistics {
  Tensor mean, variance;  // (C)
};
Var normalise_by(Tape& tape, const Var& x, const Var& gamma, const Var& beta, const Statistics& statistics,
                 float epsilon, const Var& residual, Activation activation);

// The channels of all inputs, one behind the other: (...,C1), (...,C2), ... -> (...,C1+C2+...)
Var concat(Tape& tape, std::span<const Var> inputs);
// The sum of two tensors that carry different channels of one stream (kernels/channels/join.h).
Var union_sum(Tape& tape, const Var& a, const Var& b, std::span<const int> a_from,
              std::span<const int> b_from);

// x in another data type; the gradient comes back in x's.
Var cast(Tape& tape, const Var& x, DType dtype);

}  // namespace pare
