#include "compress/surgery/surgery.h"

#include <cmath>

#include "framework/base/rng.h"

namespace pare {
namespace {

constexpr double kHysteresis = 0.1;  // masked below 0.9 of the threshold, back above 1.1 of it

class Surgery : public Method {
 public:
  explicit Surgery(const SurgeryConfig& config) : config_(config) {}

  WeightMaker weights(Initialiser initialiser) const override {
    return recoverable_weights(initialiser, WhileMasked::Learns);
  }
  void start(Network& network) override { factors_of(recoverable_layers(network)); }
  // The thresholds are those of the weights before the first step: of first values, or of a trained network.
  void after_backward(Network& network, const Position&) override {
    if (thresholds_.empty()) thresholds_ = thresholds_of(network);
  }
  void after_step(Network& network, const Position& position) override {
    const std::vector<RecoverableLayer> layers = recoverable_layers(network);
    if (static_cast<double>(position.step) > config_.until * static_cast<double>(position.total)) return;
    // Less and less often, layer by layer.
    const double often = std::pow(1 + config_.gamma * static_cast<double>(position.step), -config_.power);
    for (size_t i = 0; i < layers.size(); ++i)
      if (Rng(layers[i].weight->seed(), "surgery " + layers[i].name, static_cast<uint64_t>(position.step))
              .uniform() < often)
        operate(*layers[i].weight, thresholds_[i]);
  }
  std::vector<double> state() const override { return thresholds_; }
  void restore(std::span<const double> state) override { thresholds_.assign(state.begin(), state.end()); }
  void finish(Network& network) override { finish_masked(network); }

 private:
  std::vector<double> factors_of(const std::vector<RecoverableLayer>& layers) const {
    return numbers_of(layers, {config_.layers.begin(), config_.layers.end()}, config_.threshold,
                      "compress.layers");
  }
  // Of the magnitudes of weights that are not zero: mean and standard deviation.
  std::vector<double> thresholds_of(Network& network) const {
    const std::vector<RecoverableLayer> layers = recoverable_layers(network);
    const std::vector<double> factors = factors_of(layers);
    std::vector<double> thresholds;
    for (size_t i = 0; i < layers.size(); ++i) {
      double count = 0, sum = 0, squares = 0;
      for (const float w : layers[i].weight->values()) {
        if (w == 0) continue;
        ++count;
        sum += std::fabs(w);
        squares += double{w} * w;
      }
      const double mean = count > 0 ? sum / count : 0,
                   variance = count > 0 ? squares / count - mean * mean : 0;
      thresholds.push_back(std::max(mean + factors[i] * std::sqrt(std::max(variance, 0.0)), 0.0));
    }
    return thresholds;
  }

  static void operate(RecoverableWeight& weight, double threshold) {
    std::vector<float> mask(weight.mask().begin(), weight.mask().end());
    for (size_t i = 0; i < mask.size(); ++i) {
      const double magnitude = std::fabs(weight.values()[i]);
      if (magnitude <= (1 - kHysteresis) * threshold) mask[i] = 0;
      if (magnitude > (1 + kHysteresis) * threshold) mask[i] = 1;
    }
    weight.set_mask(mask);
  }

  SurgeryConfig config_;
  std::vector<double> thresholds_;  // of each layer; empty before the first step
};

}  // namespace

void SurgeryConfig::describe(Fields& fields) {
  fields.number(
      "threshold", threshold, Range::any(),
      "a weight is masked below the mean magnitude of its layer and this many standard deviations, both "
      "of the weights before the first step");
  fields.sections("layers", layers, "thresholds of some layers");
  fields.number("until", until, Range::between(0, 1), "share of the run after which masks stay");
  fields.number("gamma", gamma, Range::at_least(0),
                "a layer's mask is looked at with probability (1 + gamma step)^-power");
  fields.number("power", power, Range::at_least(0), "the exponent there");
}

std::unique_ptr<Method> SurgeryConfig::make() const { return std::make_unique<Surgery>(*this); }

}  // namespace pare
