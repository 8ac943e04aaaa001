// RecoverableWeight: a dense weight times a mask of zeros and ones, of which zeros may become ones again:
// what is masked keeps its value.
#pragma once

#include "layers/network/network.h"

namespace pare {

// Whether weights go on learning while they are masked: the gradient of what a network computes with, as if
// they were there (Guo, Yao and Chen, "Dynamic Network Surgery", 2016, equation 3).
enum class WhileMasked { Learns, Waits };

class RecoverableWeight : public Weight {
 public:
  // The mask starts as all ones.
  RecoverableWeight(const WeightSite& site, Initialiser initialiser, WhileMasked while_masked);

  Var effective(Pass& pass) override;
  void visit(const ParameterVisitor& visitor) override;
  Shape shape() const override { return value_.value.shape(); }
  void keep_outputs(std::span<const int> indices) override;
  void keep_inputs(std::span<const int> indices) override;
  WeightCode code() const override;
  // What is zero there is masked.
  void take(const WeightCode& code) override;

  std::span<const float> values() const { return value_.value.floats(); }
  std::span<const float> mask() const { return mask_.value.floats(); }
  // Weights that waited, and those that begin to, have fresh slots of their optimiser.
  void set_mask(const std::vector<float>& mask);
  uint64_t seed() const { return seed_; }

 private:
  WhileMasked while_masked_;
  uint64_t seed_;
  Parameter value_;  // (O,KH,KW,I)
  Parameter mask_;   // the same shape; a Statistic, which no optimiser moves
};

// The maker of such weights; gates stay dense.
WeightMaker recoverable_weights(Initialiser initialiser, WhileMasked while_masked);

// The layers of a network with such weights, in its order.
struct RecoverableLayer {
  std::string name;
  RecoverableWeight* weight;
};
std::vector<RecoverableLayer> recoverable_layers(Network& network);

// A number for the layers whose names match.
struct LayerNumber {
  std::string match;
  double number = 0;

  // As the fields "match" and `name`.
  void describe_as(Fields& fields, const char* name, const Range& range, const char* help);
};
// Of each layer: that of the last rule that matches it, or the usual one. Throws Failure::Usage naming `key`
// when a rule matches none.
std::vector<double> numbers_of(const std::vector<RecoverableLayer>& layers,
                               const std::vector<LayerNumber>& rules, double usual, const char* key);

// Brings a trained network into the form of its file: channels without weights leave.
void finish_masked(Network& network);

}  // namespace pare
