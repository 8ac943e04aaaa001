#include "compress/self_compression/self_compress.h"

#include <algorithm>
#include <cmath>

#include "compress/channel_pruning.h"
#include "compress/quantised_method.h"
#include "compress/removal.h"
#include "compress/self_compression/size_loss.h"
#include "compress/self_compression/size_target.h"
#include "framework/autograd/ops.h"
#include "framework/tensor/buffer_pool.h"
#include "optim/rules/adam.h"

namespace pare {
namespace {

constexpr double kPruneFrom = 0.04;  // of the run, when channels begin to be pruned

class SelfCompress : public QuantisedMethod {
 public:
  explicit SelfCompress(const SelfCompressConfig& config) : config_(config), target_(config.target_bytes) {}

  WeightMaker weights(Initialiser initialiser) const override {
    const QuantiserOptions options{config_.levels, config_.bits};
    return [initialiser, options](const WeightSite& site) {
      return std::make_unique<SelfCompressingWeight>(site, initialiser, options);
    };
  }

  // The high epsilon makes Adam follow the size gradient's magnitude, which is the channel's fan-in: with the
  // usual 1e-8 every depth would fall at the same speed.
  void add_optimizers(Optimizers& optimizers) const override {
    AdamConfig adam;
    adam.lr = config_.bits_lr;
    adam.eps = config_.bits_eps;
    optimizers.add({ParameterTag::Bits, ParameterTag::Exponents}, adam.make());
  }

  void start(Network& network) override {
    original_weights_ = network.weight_count();
    pruning_.start(network);
  }

  void prepare(Pass& pass) const override { pass.with_rates = config_.rate > 0; }

  Var loss(const Pass& pass, Network& network, const Var& task_loss, const Position& position) override {
    const int64_t rise = config_.warmup.iterations(position.steps_per_epoch);
    const double risen =
        rise > 0 ? std::min(1.0, static_cast<double>(position.step) / static_cast<double>(rise)) : 1.0;
    const double share = risen * (config_.target_bytes > 0 ? target_.factor() : 1.0);
    Var total = task_loss;
    if (config_.gamma > 0)
      total = add_scaled(pass.tape, total, size_loss(pass.tape, network, original_weights_),
                         static_cast<float>(share * config_.gamma));
    check(pass.with_rates == (config_.rate > 0),
          "self_compress: prepare() comes before the forward pass, loss() after it");
    if (config_.rate > 0)
      total = add_scaled(pass.tape, total, rate_loss(pass.tape, pass.rates, original_weights_),
                         static_cast<float>(share * config_.rate));
    return total;
  }

  void after_backward(Network& network, const Position& position) override {
    if (config_.target_cost < 1 && position.step % ChannelPruning::kObserveEvery == 0 && pruned(position) < 1)
      ChannelPruning::observe(network);
  }

  void after_step(Network& network, const Position& position) override {
    project(network);
    if (position.step % config_.remove_every != 0 && position.step != position.total) return;
    if (const double done = pruned(position); config_.target_cost < 1 && done > 0 && done <= 1)
      pruning_.prune(network, 1 - (1 - config_.target_cost) * done);
    if (config_.remove_zeros) clear_bits_of_zeros(network);
    if (remove_dead_channels(network, config_.remove_zeros ? Dead::AsItIs : Dead::ForGood) > 0) trim_pool();
  }

  int64_t size_interval(const Position& position) const override {
    return config_.target_bytes > 0 ? target_.interval(position) : 0;
  }
  int64_t target_bytes() const override { return config_.target_bytes; }
  void observe_size(int64_t bytes, const Position& position) override { target_.observe(bytes, position); }
  std::vector<double> state() const override {
    std::vector<double> state = target_.state();
    state.push_back(grid());
    return state;
  }
  // Earlier versions had no choice of a grid.
  void restore(std::span<const double> state) override {
    const size_t targets = target_.state().size();
    if (state.size() == targets + 1) restore_grid(state[targets]);
    target_.restore(state.first(std::min(state.size(), targets)));
  }

 private:
  // How much of what pruning takes is to be gone, 0 to 1; more than 1 when it is over. Most goes early (Zhu &
  // Gupta, "To prune, or not to prune", 2017, equation 1), for it makes every later step cheaper.
  double pruned(const Position& position) const {
    const double done = static_cast<double>(position.step) / static_cast<double>(position.total);
    const double share = (done - kPruneFrom) / (config_.prune_until - kPruneFrom);
    if (share > 1) return done > config_.prune_until + 0.02 ? 2 : 1;
    const double left = 1 - std::max(0.0, share);
    return 1 - left * left * left;
  }
  // Depths stay within [0, 16]. A projection and not a ReLU: at zero the task's gradient can still bring a
  // channel back. It seldom does. A class without weights would be lost, for nothing: its channel has to
  // stay. So those of the classes keep enough depth for weights of both signs.
  void project(Network& network) const {
    const std::vector<bool> leads = lead_to_scores(network);
    for (size_t i = 0; i < network.nodes().size(); ++i) {
      Weight* const weight = network.nodes()[i].layer->weight();
      if (weight == nullptr || weight->bits() == nullptr) continue;
      const auto node = static_cast<int>(i);
      const bool scores = leads[i];
      const float fewest = scores ? signed_bits(config_.levels) : 0;
      const bool moves = weight->bits()->trainable;
      bool dead = false;
      for (float& b : weight->bits()->value.floats()) {
        if (moves) b = std::clamp(b, fewest, kMaxBits);
        dead = dead || b == 0;
      }
      if (dead && !scores)  // the scores keep their biases
        decay_dead_biases(network, node, weight->dead_outputs());
    }
  }

  // Channels that `remove_zeros` is to remove and that have to wait, for their bias cannot be folded, lose
  // their depth, so that it decays to zero.
  void clear_bits_of_zeros(Network& network) const {
    const std::vector<bool> leads = lead_to_scores(network);
    for (size_t i = 0; i < network.nodes().size(); ++i) {
      Weight* const weight = network.nodes()[i].layer->weight();
      if (weight == nullptr || weight->bits() == nullptr || leads[i] ||
          network.layer(static_cast<int>(i)).frozen())
        continue;
      const std::vector<bool> zero = zero_channels(*weight).outputs;
      for (size_t c = 0; c < zero.size(); ++c)
        if (zero[c]) weight->bits()->value.data<float>()[c] = 0;
    }
  }

  // Whether a node's channels are the classes, as they come or behind layers that mix none. From the last
  // node to the first: the ways through residuals that mix nothing are too many to walk one by one.
  static std::vector<bool> lead_to_scores(const Network& network) {
    const auto& nodes = network.nodes();
    std::vector<bool> leads(nodes.size());
    leads.back() = true;
    for (size_t i = nodes.size(); i-- > 0;)
      for (const int input : nodes[i].inputs)
        if (leads[i] && input != Network::kImages && !nodes[i].coupling.owns()) leads[input] = true;
    return leads;
  }

  // What a dead channel still adds decays to zero, its own bias and those of the batch norms behind it: the
  // proximal step of an L1 penalty. At zero it can be cut even where it could not be folded into its reader.
  void decay_dead_biases(Network& network, int node, const std::vector<bool>& dead) const {
    if (Parameter* bias = network.layer(node).bias(); bias != nullptr && bias->trainable) {
      for (size_t c = 0; c < dead.size(); ++c) {
        float& b = bias->value.data<float>()[c];
        if (dead[c]) b = std::copysign(std::max(std::fabs(b) - static_cast<float>(config_.bias_l1), 0.0f), b);
      }
    }
    for (const int reader : network.readers(node)) {
      const Coupling& coupling = network.nodes()[reader].coupling;
      if (coupling.carries() && coupling.inputs.size() == 1) decay_dead_biases(network, reader, dead);
    }
  }

  SelfCompressConfig config_;
  SizeTarget target_;
  ChannelPruning pruning_;
  int64_t original_weights_ = 1;
};

constexpr Word<Levels> kLevelWords[] = {{"paper", Levels::Paper}, {"symmetric", Levels::Symmetric}};

}  // namespace

void SelfCompressConfig::describe(Fields& fields) {
  fields.choice("levels", levels, std::span<const Word<Levels>>(kLevelWords),
                "the quantiser's levels: -2^(b-1) .. 2^(b-1)-1 as in the paper, or the same number on both "
                "sides of zero");
  fields.number("bits", bits, Range::between(2, 16), "bit depth of every channel at the start");
  fields.number("gamma", gamma, Range::at_least(0),
                "weight of the size loss: mean bits per weight, both sides of a channel");
  fields.number("rate", rate, Range::at_least(0),
                "weight of the rate loss: mean log2(1 + 2|level|) per weight");
  fields.length("warmup", warmup, Range::at_least(0), "gamma and rate rise linearly over this long");
  fields.integer(
      "target_bytes", target_bytes, Range::at_least(0),
      "most bytes the file may have: steers gamma and rate, which say how they begin; 0: leaves them alone");
  fields.number("target_cost", target_cost, Range::above(0).up_to(1),
                "share of the weights and multiply-adds (the mean of both) that is left when channels were "
                "pruned; 1: none is pruned for its cost");
  fields.number("prune_until", prune_until, Range::between(0.05, 1),
                "share of the run after which target_cost is reached");
  fields.number("bits_lr", bits_lr, Range::above(0), "Adam's learning rate for bit depths and exponents");
  fields.number("bits_eps", bits_eps, Range::above(0), "Adam's epsilon for bit depths and exponents");
  fields.number("bias_l1", bias_l1, Range::at_least(0),
                "how far a dead channel's bias moves towards zero each step");
  fields.integer("remove_every", remove_every, Range::at_least(1),
                 "steps between two removals of dead channels");
  fields.flag(
      "remove_zeros", remove_zeros,
      "also remove channels that have bits left, but whose weights (or all that reads them) are rounded to "
      "zero at that moment");
}

std::unique_ptr<Method> SelfCompressConfig::make() const {
  require(target_bytes == 0 || gamma > 0 || rate > 0, Failure::Usage, "compress.target_bytes: ", target_bytes,
          " steers gamma and rate, and both are 0; set one of them, such as rate to 0.1");
  return std::make_unique<SelfCompress>(*this);
}

}  // namespace pare
