#include "compress/quantisation/lsq.h"

#include "compress/quantised_method.h"
#include "layers/weights/dense_weight.h"
#include "optim/rules/adam.h"

namespace pare {
namespace {

class Lsq : public QuantisedMethod {
 public:
  explicit Lsq(const LsqConfig& config) : config_(config) {}

  WeightMaker weights(Initialiser initialiser) const override {
    return [initialiser, options = config_.weights](const WeightSite& site) -> std::unique_ptr<Weight> {
      if (site.tags.has(ParameterTag::Gate)) return std::make_unique<DenseWeight>(site, initialiser);
      return std::make_unique<LsqWeight>(site, initialiser, options);
    };
  }
  void add_optimizers(Optimizers& optimizers) const override {
    AdamConfig adam;
    adam.lr = config_.lr;
    optimizers.add({ParameterTag::Exponents}, adam.make());
  }
  void start(Network& network) override {
    std::vector<LsqWeight*> all;
    for (const Network::Node& node : network.nodes())
      if (auto* const weight = dynamic_cast<LsqWeight*>(node.layer->weight())) all.push_back(weight);
    if (all.empty()) return;
    all.front()->set_bits(config_.first_bits);
    all.back()->set_bits(config_.last_bits);
  }
  std::vector<double> state() const override { return {static_cast<double>(grid())}; }
  void restore(std::span<const double> state) override {
    if (!state.empty()) restore_grid(state[0]);
  }

 private:
  LsqConfig config_;
};

constexpr Word<Levels> kLevelWords[] = {{"paper", Levels::Paper}, {"symmetric", Levels::Symmetric}};
constexpr Word<StepPer> kStepWords[] = {{"channel", StepPer::Channel}, {"layer", StepPer::Layer}};

}  // namespace

void LsqConfig::describe(Fields& fields) {
  const Range bits = Range::between(2, 16);
  fields.integer("bits", weights.bits, bits, "bits of all weights");
  fields.integer("first_bits", first_bits, bits, "bits of the first layer's weights");
  fields.integer("last_bits", last_bits, bits, "bits of the last layer's weights");
  fields.choice("per", weights.per, std::span<const Word<StepPer>>(kStepWords),
                "whether each output channel has a step of its own, or the whole layer one");
  fields.choice(
      "levels", weights.levels, std::span<const Word<Levels>>(kLevelWords),
      "-2^(bits-1) .. 2^(bits-1)-1 as in the paper, or without the lowest, so that zero is the middle");
  fields.number("lr", lr, Range::above(0), "Adam's learning rate for the logarithms (base 2) of the steps");
}

std::unique_ptr<Method> LsqConfig::make() const { return std::make_unique<Lsq>(*this); }

}  // namespace pare
