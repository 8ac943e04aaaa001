// Weight: where a layer's weights come from. A layer does not know how its weight is compressed; it asks for
// this step's effective tensor. Kinds of Weight (dense, self-compressing, masked, ...) do not multiply with
// layer types.
//
// Every weight is (O,KH,KW,I): output channels, kernel rows, kernel columns, input channels. A fully
// connected layer behind a (H,W,C) image has KH = H, KW = W, I = C, so channels leave it the same way they
// leave a convolution.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "framework/autograd/tape.h"
#include "framework/kernels/quantisation/uniform.h"

namespace pare {

enum class Mode { Train, Evaluate };

class Layer;
class Weight;
// The effective tensors of a network that does not change (layers/network/executor.h).
using PreparedWeights = std::unordered_map<const Weight*, Tensor>;

// The settings of one forward pass, and the rates it collects.
struct Pass {
  Tape& tape;
  Mode mode = Mode::Train;
  DType dtype = DType::F32;  // of the activations
  uint64_t seed = 0;         // for dropout: the run's seed and
  uint64_t step = 0;         // the number of the step
  // 0: running statistics move by their momentum. n > 0: this is the n-th batch of a plain mean of them.
  int averaged = 0;
  bool with_rates = false;   // whether weights shall add to `rates`
  std::vector<Var> rates{};  // estimated bits of each layer's weights in the file: one element, f32
  const PreparedWeights* prepared = nullptr;
  // Whether activations without a step get one out of this batch, and how they do: as usual, or as it says.
  bool calibrates = false;
  std::optional<StepFit> fit{};
  // Called by each convolution and linear layer with what it reads.
  std::function<void(const Layer& layer, const Tensor& input)> observe{};

  // What a layer computes with: the prepared tensor where there is one, else weight.effective(*this).
  Var weight(Weight& weight);
};

struct WeightSite;

// Zeros are for weights whose values come from somewhere else, such as a checkpoint.
enum class Initialiser { GlorotNormal, GlorotUniform, HeNormal, HeUniform, Zeros };

// Random weights of the given shape. Glorot & Bengio 2010: variance 2 / (fan_in + fan_out); He et al. 2015:
// 2 / fan_in. fan_in = KH KW I, fan_out = KH KW O / groups.
Tensor initial_weights(const WeightSite& site, Initialiser initialiser);

// What a model file stores of a weight: integers times a step per output channel, or plain numbers.
struct WeightCode {
  Shape shape;
  std::vector<int32_t> levels;   // shape.count() integers; empty when the weight is not quantised
  std::vector<float> exponents;  // per output channel; the step between two levels is 2^exponent
  std::vector<float> values;     // shape.count() plain numbers when it is not quantised
};

// The code with each output channel times its factor. In a quantised code the exponents take the factor's
// magnitude and the levels its sign, so levels stay integers.
WeightCode scaled_outputs(WeightCode code, std::span<const float> factors);

// The numbers a code stands for, bit for bit those of the weight it came from.
Tensor materialise(const WeightCode& code);

class Weight {
 public:
  virtual ~Weight() = default;

  // This step's weights, (O,KH,KW,I) in pass.dtype, on the tape. Kinds with a rate penalty add their rate to
  // pass.rates if pass.with_rates is set.
  virtual Var effective(Pass& pass) = 0;
  virtual void visit(const ParameterVisitor& visitor) = 0;
  virtual Shape shape() const = 0;
  // Whether any of its parameters is trainable.
  bool learns();

  // Per output channel: whether all its weights are zero and will stay so.
  virtual std::vector<bool> dead_outputs() const;
  // The learnable bit depth per output channel (O), if this kind has one.
  virtual Parameter* bits() { return nullptr; }
  virtual Parameter* exponents() { return nullptr; }  // and the learnable exponent (O)
  // Chooses exponents such that no weight is clipped: for weights whose values came from somewhere else.
  virtual void fit_exponents() {}
  virtual void keep_outputs(std::span<const int> indices) = 0;
  virtual void keep_inputs(std::span<const int> indices) = 0;

  virtual WeightCode code() const = 0;
  // Takes the values of a code of this shape; stays trainable.
  virtual void take(const WeightCode& code) = 0;
};

// What `weight` computes with now, (O,KH,KW,I) in f32.
Tensor effective_values(Weight& weight);

// First values: random by the run's initialiser, or ones, as for gates.
enum class FirstWeights { Random, Ones };

// What a layer knows when it asks for its weight.
struct WeightSite {
  std::string name;
  Shape shape;
  int groups = 1;
  uint64_t seed = 0;
  std::string random;  // the first weights are a function of this name, the seed and the shape
  FirstWeights first = FirstWeights::Random;
  ParameterTags tags = ParameterTag::Weight;
};
using WeightMaker = std::function<std::unique_ptr<Weight>(const WeightSite&)>;

}  // namespace pare
