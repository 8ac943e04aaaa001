#include "compress/surgery/drop_in.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace pare {
namespace {

// The places whose mask is `which`, smallest magnitude first, then the earlier one.
std::vector<int64_t> places(std::span<const float> values, std::span<const float> mask, float which) {
  std::vector<int64_t> found;
  for (int64_t i = 0; i < std::ssize(mask); ++i)
    if (mask[static_cast<size_t>(i)] == which) found.push_back(i);
  std::stable_sort(found.begin(), found.end(), [&](int64_t a, int64_t b) {
    return std::fabs(values[static_cast<size_t>(a)]) < std::fabs(values[static_cast<size_t>(b)]);
  });
  return found;
}

int64_t left_of(double density, size_t count) { return std::llround(density * static_cast<double>(count)); }

class DropIn : public Method {
 public:
  explicit DropIn(const DropInConfig& config) : config_(config) {}

  WeightMaker weights(Initialiser initialiser) const override {
    return recoverable_weights(initialiser, WhileMasked::Waits);
  }
  void start(Network& network) override { densities_of(recoverable_layers(network)); }
  void after_step(Network& network, const Position& position) override {
    const auto last = static_cast<int64_t>(config_.until * static_cast<double>(position.total));
    const int64_t every = std::max<int64_t>(1, config_.every.iterations(position.steps_per_epoch));
    if (position.step > last || (position.step != last && position.step % every != 0)) return;
    const std::vector<RecoverableLayer> layers = recoverable_layers(network);
    const std::vector<double> densities = densities_of(layers);
    for (size_t i = 0; i < layers.size(); ++i) {
      RecoverableWeight& weight = *layers[i].weight;
      if (position.step == last) {
        weight.set_mask(cut(weight, left_of(densities[i], weight.mask().size())));
        continue;
      }
      Rng rng(weight.seed(), "drop in " + layers[i].name, static_cast<uint64_t>(position.step));
      weight.set_mask(
          drop_in(weight.values(), weight.mask(), turn_of(densities[i], weight, position, last), rng));
    }
  }
  void finish(Network& network) override { finish_masked(network); }

 private:
  std::vector<double> densities_of(const std::vector<RecoverableLayer>& layers) const {
    return numbers_of(layers, {config_.layers.begin(), config_.layers.end()}, config_.density,
                      "compress.layers");
  }

  // With p_in = share out d / (1 - d) as many come as go where the density is d. In the last third of the
  // turns both probabilities fall to 0. Without recovery weights go until the wanted number is left.
  DropInTurn turn_of(double density, const RecoverableWeight& weight, const Position& position,
                     int64_t last) const {
    if (!config_.recover) return {config_.share, config_.out, 0, left_of(density, weight.mask().size())};
    const double done = static_cast<double>(position.step) / static_cast<double>(std::max<int64_t>(last, 1));
    const double out = config_.out * std::clamp(3 * (1 - done), 0.0, 1.0);
    const double in = density < 1 ? std::min(1.0, config_.share * out * density / (1 - density)) : 1;
    return {config_.share, out, in, 0};
  }

  // Exactly so many are left: the largest, or besides all that are there the largest masked ones.
  static std::vector<float> cut(const RecoverableWeight& weight, int64_t left) {
    std::vector<float> mask(weight.mask().begin(), weight.mask().end());
    const std::vector<int64_t> there = places(weight.values(), mask, 1),
                               gone = places(weight.values(), mask, 0);
    for (int64_t i = 0; i < std::ssize(there) - left; ++i)
      mask[static_cast<size_t>(there[static_cast<size_t>(i)])] = 0;
    for (int64_t i = 0; i < left - std::ssize(there); ++i)
      mask[static_cast<size_t>(gone[gone.size() - 1 - static_cast<size_t>(i)])] = 1;
    return mask;
  }

  DropInConfig config_;
};

}  // namespace

std::vector<float> drop_in(std::span<const float> values, std::span<const float> mask, const DropInTurn& turn,
                           Rng& rng) {
  std::vector<float> next(mask.begin(), mask.end());
  for (float& m : next)
    if (m == 0 && rng.uniform() < turn.in) m = 1;
  const std::vector<int64_t> there = places(values, mask, 1);
  int64_t may_go = std::ssize(there) - turn.least;
  const auto smallest = static_cast<size_t>(turn.share * static_cast<double>(there.size()));
  for (size_t i = 0; i < smallest && may_go > 0; ++i)
    if (rng.uniform() < turn.out) {
      next[static_cast<size_t>(there[i])] = 0;
      --may_go;
    }
  return next;
}

void DropInConfig::describe(Fields& fields) {
  fields.number("density", density, Range::above(0).up_to(1),
                "share of each layer's weights that is left at the end");
  fields.sections("layers", layers, "densities of some layers");
  fields.number("share", share, Range::above(0).up_to(1),
                "of the weights left, the smallest ones, which may go");
  fields.number("out", out, Range::above(0).up_to(1), "with which probability each of them goes");
  fields.flag("recover", recover, "masked weights come back; otherwise they are gone for good");
  fields.length("every", every, Range::above(0), "from one turn to the next");
  fields.number("until", until, Range::above(0).up_to(1), "share of the run after which masks stay");
}

std::unique_ptr<Method> DropInConfig::make() const { return std::make_unique<DropIn>(*this); }

}  // namespace pare
