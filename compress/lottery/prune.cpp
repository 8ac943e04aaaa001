#include "compress/lottery/prune.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/base/rng.h"

namespace pare {
namespace {

constexpr Word<Scope> kScopes[] = {{"layer", Scope::Layer}, {"global", Scope::Global}};
constexpr Word<Structure> kStructures[] = {{"weights", Structure::Weights}, {"outputs", Structure::Outputs}};

constexpr Word<Importance> kScores[] = {
    {"magnitude", Importance::Magnitude}, {"random", Importance::Random},
    {"snip", Importance::Snip},           {"taylor", Importance::Taylor},
    {"synflow", Importance::SynFlow},     {"batch_norm", Importance::BatchNorm}};

// What goes or stays as one: a weight, or all weights of an output channel.
struct Candidate {
  float magnitude;
  int32_t layer, index;
};

// Larger magnitudes first, then earlier ones.
bool stays_before(const Candidate& a, const Candidate& b) {
  if (a.magnitude != b.magnitude) return a.magnitude > b.magnitude;
  return a.layer != b.layer ? a.layer < b.layer : a.index < b.index;
}

int64_t unit_size(const Prunable& layer, Structure structure) {
  return structure == Structure::Weights ? 1 : layer.mask.shape().row();
}

bool has_ones(std::span<const float> mask) {
  return std::any_of(mask.begin(), mask.end(), [](float m) { return m != 0.0f; });
}

void append_candidates(std::vector<Candidate>& candidates, const Prunable& layer, int32_t number,
                       Structure structure) {
  const auto size = static_cast<size_t>(unit_size(layer, structure));
  const auto weights = layer.weights.floats(), mask = layer.mask.floats();
  for (size_t begin = 0; begin < mask.size(); begin += size) {
    if (!has_ones(mask.subspan(begin, size))) continue;
    double sum = 0;
    for (const float w : weights.subspan(begin, size)) sum += std::fabs(w);
    candidates.push_back(
        {static_cast<float>(sum / static_cast<double>(size)), number, static_cast<int32_t>(begin / size)});
  }
}

// Sets the masks of the `left` candidates that stay, and clears the others'.
void choose_largest(std::vector<Candidate>& candidates, int64_t left, const std::vector<Prunable>& layers,
                    Structure structure, std::vector<Tensor>& masks) {
  check(left <= std::ssize(candidates), "prune: ", left, " are to stay of ", candidates.size());
  std::nth_element(candidates.begin(), candidates.begin() + left, candidates.end(), stays_before);
  for (int64_t i = left; i < std::ssize(candidates); ++i) {
    const Candidate& gone = candidates[i];
    const int64_t size = unit_size(layers[gone.layer], structure);
    std::fill_n(masks[gone.layer].data<float>() + gone.index * size, size, 0.0f);
  }
}

}  // namespace

void PruneConfig::describe(Fields& fields) {
  fields.choice("scope", scope, std::span(kScopes),
                "whether each layer keeps its own count, or all weights compete");
  fields.choice("structure", structure, std::span(kStructures),
                "single weights, or whole filters and neurons");
  fields.number("conv2d", conv2d, Range::at_least(0).below(1),
                "share of a convolution's weights that goes each round");
  fields.number("linear", linear, Range::at_least(0).below(1), "share of a fully connected layer's weights");
  fields.number("output_factor", output_factor, Range::between(0, 1),
                "on the rate of the last layer; 0 spares it");
  fields.choice(
      "score", score, std::span(kScores),
      "what weights are judged by: |w|; nothing; |w dL/dw|; of filters |sum of w dL/dw|; SynFlow, without "
      "data; of filters the scale of the batch norm behind");
  fields.integer("score_batches", score_batches, Range::between(1, 1 << 20),
                 "batches of training data that snip and taylor look at");
  fields.flag("invert", invert, "a control: the weights with the highest score go");
  fields.texts("spared", spared, "names of layers that are never pruned, such as \"0.conv2d\"");
}

std::vector<Prunable> prunable_layers(Network& network, const PruneConfig& config) {
  const std::vector<MaskedLayer> layers = masked_layers(network);
  for (const std::string& name : config.spared)
    require(std::any_of(layers.begin(), layers.end(),
                        [&](const MaskedLayer& layer) { return layer.name == name; }),
            Failure::Usage, "lottery.prune.spared: no layer with weights is called '", name,
            "'; the first one is '", layers.front().name, "'");
  std::vector<Prunable> prunable;
  for (const MaskedLayer& layer : layers) {
    const bool last = prunable.size() + 1 == layers.size();
    double rate = layer.kind == "linear" ? config.linear : config.conv2d;
    if (last) rate = config.structure == Structure::Outputs ? 0 : rate * config.output_factor;
    if (std::find(config.spared.begin(), config.spared.end(), layer.name) != config.spared.end()) rate = 0;
    prunable.push_back({layer.name, rate, layer.weight->value().value, layer.weight->mask()});
  }
  return prunable;
}

int64_t left_after(int64_t count, double rate, double rounds) {
  return std::llround(static_cast<double>(count) * std::pow(1 - rate, rounds));
}

std::vector<Tensor> prune(const std::vector<Prunable>& layers, const PruneConfig& config, double rounds) {
  std::vector<Tensor> masks;
  masks.reserve(layers.size());
  for (const Prunable& layer : layers) masks.push_back(layer.mask.clone());
  std::vector<Candidate> candidates;
  int64_t left = 0;
  for (int32_t i = 0; i < std::ssize(layers); ++i) {
    if (layers[i].rate == 0) continue;
    append_candidates(candidates, layers[i], i, config.structure);
    left +=
        left_after(layers[i].mask.size() / unit_size(layers[i], config.structure), layers[i].rate, rounds);
    if (config.scope == Scope::Global) continue;
    choose_largest(candidates, left, layers, config.structure, masks);
    candidates.clear();
    left = 0;
  }
  if (config.scope == Scope::Global) choose_largest(candidates, left, layers, config.structure, masks);
  return masks;
}

std::vector<Tensor> shuffled(const std::vector<Prunable>& layers, Structure structure, uint64_t seed,
                             int rounds) {
  std::vector<Tensor> masks;
  for (const Prunable& layer : layers) {
    const int64_t size = unit_size(layer, structure);
    std::vector<int> places(layer.mask.size() / size);
    std::iota(places.begin(), places.end(), 0);
    if (layer.rate > 0)
      Rng(seed, "random_prune/" + layer.name, static_cast<uint64_t>(rounds)).shuffle(places);
    Tensor mask(layer.mask.shape());
    for (size_t i = 0; i < places.size(); ++i)
      std::copy_n(layer.mask.data<float>() + places[i] * size, size,
                  mask.data<float>() + static_cast<int64_t>(i) * size);
    masks.push_back(std::move(mask));
  }
  return masks;
}

}  // namespace pare
