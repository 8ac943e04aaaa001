#include "compress/quantisation/post_training.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "compress/fold.h"
#include "compress/quantisation/rounding_weight.h"
#include "compress/round_scales.h"
#include "framework/autograd/ops.h"
#include "framework/base/rng.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "layers/mixing/mixing.h"
#include "optim/rules/adam.h"

namespace pare {
namespace {

constexpr Grid kGrid{64, 10};

// Without the lowest integer, so that zero is the middle, and products of 8 bits fit those of a device.
IntegerRange weight_range(int bits) {
  const auto most = static_cast<float>((1 << (bits - 1)) - 1);
  return {-most, most};
}

// Of each output channel whether it is integers of so few bits already.
std::vector<bool> channels_that_fit(const WeightCode& code, int bits) {
  const auto most = static_cast<int32_t>(weight_range(bits).high);
  const auto row = static_cast<size_t>(code.shape.row());
  std::vector<bool> fit(static_cast<size_t>(code.shape[0]), false);
  for (size_t o = 0; o < fit.size() && !code.levels.empty(); ++o)
    fit[o] = std::ranges::all_of(std::span(code.levels).subspan(o * row, row),
                                 [&](int32_t level) { return std::abs(level) <= most; });
  return fit;
}

double norm(const Tensor& t) { return std::sqrt(sum_of_squares(t)); }

Tensor difference(const Tensor& a, const Tensor& b) {
  Tensor d = a.clone();
  for (int64_t i = 0; i < d.size(); ++i) d.data<float>()[i] -= b.data<float>()[i];
  return d;
}

// Of everything but the last axis.
std::vector<double> means_of_channels(const Tensor& t) {
  const auto channels = static_cast<size_t>(t.shape()[t.shape().rank() - 1]);
  std::vector<double> means(channels);
  for (int64_t i = 0; i < t.size(); ++i) means[static_cast<size_t>(i) % channels] += t.data<float>()[i];
  for (double& mean : means) mean *= static_cast<double>(channels) / static_cast<double>(t.size());
  return means;
}

// The same network, with quantised activations if there is a config of them, its weights in their codes.
std::unique_ptr<Network> coded(Network& network, const std::optional<ActivationsConfig>& config) {
  std::map<std::string, WeightCode> codes;
  std::map<std::string, Tensor> others;
  for (const Network::Node& node : network.nodes())
    if (const Weight* const weight = node.layer->weight()) codes[node.name + ".weight"] = weight->code();
  network.visit([&](const Parameter& p) { others[p.name] = p.value.clone(); });
  const WeightMaker stored = [&](const WeightSite& site) {
    return std::make_unique<FrozenWeight>(codes.at(site.name));
  };
  const Graph graph = config ? with_quantised_activations(network.graph(), *config) : network.graph();
  auto made = std::make_unique<Network>(graph, stored, 0);
  made->visit([&](Parameter& p) {
    if (const auto found = others.find(p.name); found != others.end()) p.value = found->second;
  });
  return made;
}

void calibrate(Network& network, const Tensor& inputs, std::optional<StepFit> fit) {
  Tape tape(Recording::Off);
  Pass pass{.tape = tape, .mode = Mode::Evaluate, .calibrates = true, .fit = fit};
  network.forward(inputs, pass);
}

// What a layer reads in the network as it is now.
Tensor read_by(Network& network, const Layer& layer, const Tensor& inputs) {
  Tensor read;
  Tape tape(Recording::Off);
  Pass pass{.tape = tape, .mode = Mode::Evaluate, .observe = [&](const Layer& which, const Tensor& input) {
              if (&which == &layer) read = input;
            }};
  network.forward(inputs, pass);
  return read;
}

Var run(MixingLayer& layer, Tape& tape, const Tensor& input) {
  Pass pass{.tape = tape, .mode = Mode::Evaluate};
  return layer.forward_fused(Tape::constant(input), Var{}, Activation::None, pass);
}

Tensor outputs_of(MixingLayer& layer, const Tensor& input) {
  Tape tape(Recording::Off);
  return run(layer, tape, input).value;
}

// Channels that are integers already keep their steps, so that rounding finds the same integers again.
std::vector<float> fitted_exponents(const Tensor& values, const WeightCode& before,
                                    const std::vector<bool>& keep, IntegerRange range, StepFit fit) {
  std::vector<float> exponents;
  const int64_t row = values.shape().row();
  for (int64_t o = 0; o < values.shape()[0]; ++o)
    exponents.push_back(keep[static_cast<size_t>(o)]
                            ? before.exponents[static_cast<size_t>(o)]
                            : fitted_exponent(values.floats().subspan(o * row, row), range, fit));
  return exponents;
}

WeightCode rounded(const Tensor& values, std::vector<float> exponents, IntegerRange range) {
  WeightCode code{values.shape(), {}, std::move(exponents), {}};
  const int64_t row = values.shape().row();
  for (int64_t i = 0; i < values.size(); ++i) {
    const float u = values.data<float>()[i] * std::exp2(-code.exponents[static_cast<size_t>(i / row)]);
    code.levels.push_back(static_cast<int32_t>(std::clamp(std::nearbyint(u), range.low, range.high)));
  }
  return code;
}

// AdaRound's schedule: at first errors alone, then each weight is pushed to one of its two integers, gently
// while `sharpness` is large. Its loss is the squared error of an output pixel, summed over channels; here of
// outputs whose mean square is made 1, so that the push means the same to every layer.
void learn_rounding(MixingLayer& layer, RoundingWeight& weight, const Tensor& input, const Tensor& wanted,
                    const PostTraining& options) {
  constexpr int kBatch = 32;
  constexpr float kStrength = 0.01f, kSharpest = 20, kLeastSharp = 2, kFree = 0.2f;
  AdamConfig config;
  config.lr = 0.01;
  const std::unique_ptr<Optimizer> adam = config.make();
  Parameter& shares = weight.shares();
  for (int i = 0; i < adam->slots(); ++i) shares.slots.push_back(Tensor::zeros(shares.value.shape()));
  const auto count = static_cast<uint32_t>(input.shape()[0]);
  Rng rng(options.seed, "rounding " + shares.name);
  const auto channels = static_cast<double>(wanted.shape()[wanted.shape().rank() - 1]);
  const double mean_square = std::max(sum_of_squares(wanted) / static_cast<double>(wanted.size()), 1e-30);
  const auto weight_of_error = static_cast<float>(channels / mean_square);
  for (int step = 0; step < options.rounding_steps; ++step) {
    const float done = static_cast<float>(step) / static_cast<float>(options.rounding_steps);
    const float pushed = (done - kFree) / (1 - kFree);
    weight.push(pushed < 0 ? 0 : kStrength, kSharpest + (kLeastSharp - kSharpest) * std::max(pushed, 0.0f));
    std::vector<int> rows;
    for (int i = 0; i < kBatch; ++i) rows.push_back(static_cast<int>(rng.below(count)));
    const Tensor target = wanted.kept(0, rows);
    Tape tape;
    const Var output = run(layer, tape, input.kept(0, rows));
    const Shape flat{kBatch, target.shape().row()};
    const Var error = squared_error(tape, reshape(tape, output, flat), target.reshaped(flat));
    const Var loss = scaled(tape, error, weight_of_error);
    tape.backward(loss);
    adam->update(shares, {1, step + 1});
    shares.grad = {};
    if (layer.bias() != nullptr) layer.bias()->grad = {};
  }
}

// Makes the layer's weights integers, and says what that did to its outputs.
QuantisedLayer quantise(Network& network, MixingLayer& layer, int bits, const Tensor& inputs,
                        const PostTraining& options) {
  QuantisedLayer report{{}, bits, 0, 0};
  const WeightCode before = layer.weight()->code();
  const std::vector<bool> keep = channels_that_fit(before, bits);
  if (std::ranges::find(keep, false) == keep.end()) return report;
  const Tensor input = read_by(network, layer, inputs), values = materialise(before),
               wanted = outputs_of(layer, input);
  const IntegerRange range = weight_range(bits);
  std::vector<float> exponents =
      fitted_exponents(values, before, keep, range, options.steps.value_or(usual_fit(bits)));
  WeightCode code;
  if (options.rounding == Rounding::Learnt) {
    auto weight = std::make_unique<RoundingWeight>(values, std::move(exponents), range);
    RoundingWeight& rounding = *weight;
    layer.set_weight(std::move(weight));
    learn_rounding(layer, rounding, input, wanted, options);
    code = rounding.code();
  } else {
    code = rounded(values, std::move(exponents), range);
  }
  layer.freeze(std::move(code));
  report.weight_error = norm(difference(materialise(layer.weight()->code()), values)) / norm(values);
  Tensor error = difference(wanted, outputs_of(layer, input));
  if (Parameter* const bias = layer.bias(); bias != nullptr && options.correct_biases) {
    const std::vector<double> means = means_of_channels(error);
    bias->value = bias->value.clone();
    for (size_t c = 0; c < means.size(); ++c) bias->value.floats()[c] += static_cast<float>(means[c]);
    error = difference(wanted, outputs_of(layer, input));
  }
  report.output_error = norm(error) / norm(wanted);
  return report;
}

}  // namespace

std::unique_ptr<Network> quantised_after_training(Network& network, const Tensor& inputs,
                                                  const PostTraining& options,
                                                  std::vector<QuantisedLayer>& report) {
  fold(network);
  std::unique_ptr<Network> result = coded(network, options.activations);
  calibrate(*result, inputs, options.steps);
  std::vector<const Network::Node*> layers;
  for (const Network::Node& node : result->nodes())
    if (dynamic_cast<MixingLayer*>(node.layer.get()) != nullptr) layers.push_back(&node);
  for (const Network::Node* const node : layers) {
    const int bits = node == layers.front()  ? options.first_bits
                     : node == layers.back() ? options.last_bits
                                             : options.bits;
    report.push_back(quantise(*result, dynamic_cast<MixingLayer&>(*node->layer), bits, inputs, options));
    report.back().name = node->name;
  }
  round_scales(*result, kGrid);
  return result;
}

}  // namespace pare
