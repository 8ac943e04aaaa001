#include "train/lottery/scores.h"

#include <algorithm>
#include <cmath>

#include "framework/autograd/ops.h"
#include "framework/base/rng.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "layers/channelwise/batch_norm.h"

namespace pare {
namespace {

// |w g| of each weight, g being its gradient of sums over batches.
std::vector<Tensor> weights_times(Network& network, const std::vector<Tensor>& gradients) {
  std::vector<Tensor> products;
  const std::vector<MaskedLayer> layers = masked_layers(network);
  for (size_t i = 0; i < layers.size(); ++i) {
    products.push_back(layers[i].weight->value().value.clone());
    multiply(products.back(), gradients[i]);
  }
  return products;
}

// Takes the gradients out of the network's weights; of those that no gradient reached, zeros.
std::vector<Tensor> taken_gradients(Network& network) {
  std::vector<Tensor> gradients;
  for (const MaskedLayer& layer : masked_layers(network))
    layer.weight->visit([&](Parameter& p) {
      if (!p.is(ParameterTag::Weight)) return;
      gradients.push_back(p.grad ? p.grad.clone() : Tensor::zeros(p.value.shape()));
    });
  network.visit([](Parameter& p) { p.grad = {}; });
  return gradients;
}

// Of the loss of so many batches of the first epoch.
std::vector<Tensor> loss_gradients(Experiment& experiment, int count) {
  Network& network = experiment.network();
  const Batches batches = experiment.training_batches();
  std::vector<Tensor> sums;
  for (int b = 0; b < std::min(count, batches.per_epoch()); ++b) {
    const Batch batch = batches.get(0, b);
    Tape tape;
    Pass pass{.tape = tape,
              .dtype = experiment.config().precision,
              .seed = experiment.config().seed,
              .step = static_cast<uint64_t>(b)};
    const Var outputs = network.forward(batch.inputs, pass);
    tape.backward(experiment.task().loss(tape, outputs, batch));
    std::vector<Tensor> gradients = taken_gradients(network);
    if (sums.empty())
      sums = std::move(gradients);
    else
      for (size_t i = 0; i < sums.size(); ++i) accumulate(sums[i], gradients[i]);
  }
  return sums;
}

// Every number of the network by its magnitude, and back.
class Magnitudes {
 public:
  explicit Magnitudes(Network& network) : network_(network) {
    network.visit([&](Parameter& p) {
      before_.push_back(p.value);
      p.value = p.value.clone();
      for (float& value : p.value.floats()) value = std::fabs(value);
    });
  }
  ~Magnitudes() {
    size_t next = 0;
    network_.visit([&](Parameter& p) { p.value = before_[next++]; });
  }
  Magnitudes(const Magnitudes&) = delete;
  Magnitudes& operator=(const Magnitudes&) = delete;

 private:
  Network& network_;
  std::vector<Tensor> before_;
};

std::vector<Tensor> synaptic_flow(Network& network) {
  const Magnitudes magnitudes(network);
  Tape tape;
  Pass pass{.tape = tape, .mode = Mode::Evaluate};
  const Extent& images = network.images();
  const Var outputs = network.forward(Tensor::full(images.shape(1), 1.0f), pass);
  // The sum of the outputs, as a product with ones.
  const Shape row{1, outputs.shape().row()};
  const Var sum = linear(tape, reshape(tape, outputs, row), Tape::constant(Tensor::full(row, 1.0f)), Var{});
  tape.backward(reshape(tape, sum, {1}));
  std::vector<Tensor> flow = weights_times(network, taken_gradients(network));
  for (const Tensor& of_layer : flow)
    require(
        first_not_finite(of_layer) < 0, Failure::Usage,
        "lottery.prune.score: synflow: the products of this network's magnitudes are beyond what f32 holds");
  return flow;
}

// The batch norm that reads a node, perhaps not alone.
const BatchNorm* norm_behind(Network& network, int node) {
  for (const int reader : network.readers(node))
    if (const BatchNorm* const norm = as_batch_norm(network.layer(reader))) return norm;
  return nullptr;
}

int node_called(const Network& network, const std::string& name) {
  const auto& nodes = network.nodes();
  return static_cast<int>(std::ranges::find(nodes, name, &Network::Node::name) - nodes.begin());
}

// Of each output channel one number, for all its weights.
Tensor of_channels(const Shape& shape, const std::vector<double>& numbers) {
  Tensor spread(shape);
  for (int64_t i = 0; i < spread.size(); ++i)
    spread.data<float>()[i] = static_cast<float>(numbers[static_cast<size_t>(i / shape.row())]);
  return spread;
}

Tensor scales_behind(Network& network, const Prunable& layer) {
  const BatchNorm* const norm = norm_behind(network, node_called(network, layer.name));
  require(norm != nullptr, Failure::Usage, "lottery.prune.score: batch_norm: there is none behind ",
          layer.name, "; name it in lottery.prune.spared");
  std::vector<double> scales;
  for (const float gamma : norm->gamma().floats()) scales.push_back(std::fabs(gamma));
  return of_channels(layer.weights.shape(), scales);
}

Tensor sums_of_channels(const Tensor& products) {
  const int64_t row = products.shape().row();
  std::vector<double> sums(static_cast<size_t>(products.shape()[0]));
  for (int64_t i = 0; i < products.size(); ++i)
    sums[static_cast<size_t>(i / row)] += products.data<float>()[i];
  return of_channels(products.shape(), sums);
}

// From the highest of all layers downwards, so that they compete as before.
void turn_round(std::vector<Prunable>& layers) {
  float highest = 0;
  for (const Prunable& layer : layers)
    for (const float score : layer.weights.floats()) highest = std::max(highest, std::fabs(score));
  for (Prunable& layer : layers) {
    layer.weights = layer.weights.clone();
    for (float& score : layer.weights.floats()) score = highest - std::fabs(score);
  }
}

void score(Experiment& experiment, const PruneConfig& config, int level, std::vector<Prunable>& layers) {
  Network& network = experiment.network();
  std::vector<Tensor> scores;
  if (config.score == Importance::Snip || config.score == Importance::Taylor)
    scores = weights_times(network, loss_gradients(experiment, config.score_batches));
  if (config.score == Importance::SynFlow) scores = synaptic_flow(network);
  for (size_t i = 0; i < layers.size(); ++i) {
    Prunable& layer = layers[i];
    if (!scores.empty()) layer.weights = scores[i];
    if (config.score == Importance::Taylor && config.structure == Structure::Outputs)
      layer.weights = sums_of_channels(layer.weights);
    if (config.score == Importance::BatchNorm && layer.rate > 0)
      layer.weights = scales_behind(network, layer);
    if (config.score == Importance::Random) {
      layer.weights = Tensor(layer.weights.shape());
      Rng rng(experiment.config().seed, "random score/" + layer.name, static_cast<uint64_t>(level));
      for (float& value : layer.weights.floats()) value = rng.uniform();
    }
  }
}

}  // namespace

std::vector<Prunable> scored_layers(Experiment& experiment, const PruneConfig& config, int level) {
  require(config.score != Importance::BatchNorm || config.structure == Structure::Outputs, Failure::Usage,
          "lottery.prune.score: batch_norm is of whole filters; set lottery.prune.structure to outputs");
  std::vector<Prunable> layers = prunable_layers(experiment.network(), config);
  if (config.score != Importance::Magnitude) score(experiment, config, level, layers);
  if (config.invert) turn_round(layers);
  return layers;
}

std::vector<Tensor> pruned_masks(Experiment& experiment, const PruneConfig& config, int from, int to) {
  const Context::Scope scope(experiment.context());
  const int turns = config.score == Importance::SynFlow ? 100 : 1;
  std::vector<Tensor> masks;
  for (int turn = 1; turn <= turns; ++turn) {
    const double rounds = from + static_cast<double>(to - from) * turn / turns;
    masks = prune(scored_layers(experiment, config, to), config, rounds);
    const std::vector<MaskedLayer> layers = masked_layers(experiment.network());
    if (turn < turns)
      for (size_t i = 0; i < layers.size(); ++i) layers[i].weight->set_mask(masks[i]);
  }
  return masks;
}

}  // namespace pare
