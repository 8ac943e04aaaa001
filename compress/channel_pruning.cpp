#include "compress/channel_pruning.h"

#include <algorithm>
#include <map>

#include "layers/network/channel_groups.h"

namespace pare {
namespace {

constexpr float kMemory = 0.98f;  // of the running mean, from one observed step to the next
constexpr int kLeastLeft = 8;     // of a layer's channels at the start, one in so many stays
// Kernels work on vectors of 16 channels or of 8, so that 54 channels take as long as 64: wide layers lose
// whole vectors, down to a multiple of this.
int bundle_of(int channels) { return channels >= 64 ? 16 : channels >= 32 ? 8 : 1; }

constexpr ParameterTags kCarriers{ParameterTag::Weight, ParameterTag::Bias, ParameterTag::Normalisation,
                                  ParameterTag::Gate};

// Calls visit(parameter) for those of a layer whose values reach its output: (C,...) each.
template <class Visit>
void each_carrier(Layer& layer, const Visit& visit) {
  layer.visit([&](Parameter& p) {
    if (p.tags.meets(kCarriers)) visit(p);
  });
}

class Pruning {
 public:
  Pruning(Network& network, double weights, double multiply_adds)
      : network_(network),
        groups_(network),
        weights_(weights),
        multiply_adds_(multiply_adds),
        cost_(groups_.count()),
        importance_(groups_.count()),
        may_die_(groups_.count(), false),
        dead_(groups_.count(), false),
        members_(groups_.count()) {
    for (int i = 0; i < count(); ++i) add_node(i);
    for (int c = 0; c < network.images().channels; ++c) may_die_[groups_.of(Network::kImages, c)] = false;
    for (int i = 0; i < count(); ++i)
      for (size_t c = 0; c < node(i).channels.size(); ++c)
        if (has_to_stay(i)) may_die_[groups_.of(i, c)] = false;
  }

  // Of the channels that live, dead ones that have to wait for their removal aside.
  double living_cost() const {
    double cost = 0;
    for (int i = 0; i < count(); ++i) {
      if (node(i).layer->weight() == nullptr) continue;
      cost += whole(i) * living_share(i) * (reads_all(i) ? living_share(node(i).input()) : 1.0);
    }
    return cost;
  }

  int kill_until(double share) {
    std::vector<Space> spaces = find_spaces();
    int dead = 0;
    while (living_cost() > share) {
      const std::vector<int> bundle = cheapest_bundle(spaces);
      if (bundle.empty()) break;
      for (const int group : bundle) dead += kill(group);
    }
    return dead;
  }

 private:
  struct Member {
    int node, channel;
  };

  // The groups that reach the same nodes, those that matter least for their cost first.
  struct Space {
    int node;  // one of these, whose channels are counted
    std::vector<int> groups;
  };

  int count() const { return static_cast<int>(network_.nodes().size()); }
  const Network::Node& node(int i) const { return network_.nodes()[i]; }
  // Whose channels are not this one's to take: the outputs, frozen ones, and those without bits.
  bool has_to_stay(int i) const {
    const Weight* const weight = node(i).layer->weight();
    return i + 1 == count() || node(i).layer->frozen() ||
           (weight != nullptr && node(i).layer->weight()->bits() == nullptr);
  }

  // A layer's share of the cost of the network at the start.
  double whole(int i) const {
    return static_cast<double>(node(i).layer->weight()->shape().count()) / weights_ / 2 +
           static_cast<double>(node(i).layer->multiply_adds()) / multiply_adds_ / 2;
  }
  // Whether each of its input channels has a column of weights in each row.
  bool reads_all(int i) const { return node(i).coupling.owns() && !node(i).coupling.block; }
  int alive(int i) const {
    int alive = 0;
    for (size_t c = 0; c < node(i).channels.size(); ++c) alive += dead_[groups_.of(i, c)] ? 0 : 1;
    return alive;
  }
  double living_share(int i) const {
    return i == Network::kImages ? 1 : static_cast<double>(alive(i)) / std::ssize(node(i).channels);
  }

  void add_node(int i) {
    const auto channels = static_cast<double>(node(i).channels.size());
    for (size_t c = 0; c < node(i).channels.size(); ++c)
      members_[groups_.of(i, c)].push_back({i, static_cast<int>(c)});
    each_carrier(*node(i).layer, [&](const Parameter& p) {
      for (int64_t c = 0; p.importance && c < p.importance.size(); ++c)
        importance_[groups_.of(i, c)] += p.importance.data<float>()[c];
    });
    Weight* const weight = node(i).layer->weight();
    if (weight == nullptr) return;
    const double cost = whole(i);
    for (size_t c = 0; c < node(i).channels.size(); ++c) {
      const int group = groups_.of(i, c);
      cost_[group] += cost / channels;
      if (weight->bits() == nullptr) continue;
      (weight->bits()->value.data<float>()[c] > 0 ? may_die_ : dead_)[group] = true;
    }
    if (!reads_all(i)) return;
    const int inputs = network_.channels_read(node(i));
    for (int c = 0; c < inputs; ++c) cost_[groups_.of(node(i).input(), c)] += cost / inputs;
  }

  std::vector<Space> find_spaces() const {
    std::map<std::vector<int>, std::vector<int>> of_nodes;
    for (int g = 0; g < groups_.count(); ++g) {
      if (!may_die_[g] || dead_[g]) continue;
      std::vector<int> nodes;
      for (const Member& m : members_[g])
        if (nodes.empty() || nodes.back() != m.node) nodes.push_back(m.node);
      of_nodes[nodes].push_back(g);
    }
    std::vector<Space> spaces;
    for (auto& [nodes, groups] : of_nodes) {
      std::ranges::stable_sort(groups, {}, [&](int g) { return importance_[g] / cost_[g]; });
      spaces.push_back({nodes.front(), std::move(groups)});
    }
    return spaces;
  }

  // The space's least important groups: down to the next whole bundle of channels.
  std::vector<int> next_bundle(const Space& space) const {
    const int unit = bundle_of(node(space.node).original_channels);
    const int over = alive(space.node) % unit;
    const int channels = over > 0 ? over : unit;
    std::vector<int> bundle;
    int found = 0;
    for (const int g : space.groups) {
      if (found >= channels) break;
      bundle.push_back(g);
      found += static_cast<int>(
          std::ranges::count_if(members_[g], [&](const Member& m) { return m.node == space.node; }));
    }
    return bundle;
  }

  // Of the bundles that leave enough of every layer, that with the least importance for its cost; none:
  // empty. It leaves its space.
  std::vector<int> cheapest_bundle(std::vector<Space>& spaces) const {
    Space* cheapest = nullptr;
    std::vector<int> best;
    double least = 0;
    for (Space& space : spaces) {
      std::vector<int> bundle = next_bundle(space);
      if (bundle.empty() || !spared_by_all(bundle)) continue;
      double importance = 0, cost = 0;
      for (const int g : bundle) importance += importance_[g], cost += cost_[g];
      if (cheapest != nullptr && importance / cost >= least) continue;
      least = importance / cost;
      cheapest = &space;
      best = std::move(bundle);
    }
    if (cheapest != nullptr)
      cheapest->groups.erase(cheapest->groups.begin(), cheapest->groups.begin() + std::ssize(best));
    return best;
  }

  // Whether an eighth of every layer's channels lives without these groups'.
  bool spared_by_all(const std::vector<int>& bundle) const {
    std::map<int, int> taken;
    for (const int group : bundle)
      for (const Member& m : members_[group]) ++taken[m.node];
    return std::ranges::all_of(taken, [&](const auto& of_node) {
      const auto [i, count] = of_node;
      return (alive(i) - count) * kLeastLeft >= node(i).original_channels;
    });
  }

  // Returns how many channels of layers with weights died.
  int kill(int group) {
    dead_[group] = true;
    int dead = 0;
    for (const Member& m : members_[group]) {
      Layer& layer = network_.layer(m.node);
      if (Weight* const weight = layer.weight()) {
        weight->bits()->value.data<float>()[m.channel] = 0;
        ++dead;
      }
      if (Parameter* const bias = layer.bias()) bias->value.data<float>()[m.channel] = 0;
      layer.visit([&](Parameter& p) {
        if (p.is(ParameterTag::Statistic)) p.value.data<float>()[m.channel] = 0;
      });
    }
    return dead;
  }

  Network& network_;
  const ChannelGroups groups_;
  double weights_, multiply_adds_;
  std::vector<double> cost_, importance_;  // of each group
  std::vector<bool> may_die_, dead_;
  std::vector<std::vector<Member>> members_;
};

}  // namespace

void ChannelPruning::start(const Network& network) {
  weights_ = static_cast<double>(std::max<int64_t>(1, network.weight_count()));
  multiply_adds_ = static_cast<double>(std::max<int64_t>(1, network.multiply_adds()));
}

void ChannelPruning::observe(Network& network) {
  std::vector<double> change;
  for (size_t i = 0; i < network.nodes().size(); ++i) {
    Parameter* first = nullptr;
    change.assign(network.nodes()[i].channels.size(), 0.0);
    each_carrier(network.layer(static_cast<int>(i)), [&](Parameter& p) {
      if (!p.grad) return;
      const int64_t row = p.value.shape().row();
      const auto values = p.value.floats(), slopes = p.grad.floats();
      for (size_t c = 0; c < change.size(); ++c)
        for (int64_t k = 0; k < row; ++k) {
          const auto at = static_cast<size_t>(static_cast<int64_t>(c) * row + k);
          change[c] += static_cast<double>(values[at]) * slopes[at];
        }
      if (first == nullptr) first = &p;
    });
    if (first == nullptr) continue;
    if (!first->importance) first->importance = Tensor::zeros({static_cast<int64_t>(change.size())});
    for (size_t c = 0; c < change.size(); ++c) {
      float& mean = first->importance.data<float>()[c];
      mean = kMemory * mean + (1 - kMemory) * static_cast<float>(change[c] * change[c]);
    }
  }
}

double ChannelPruning::cost(const Network& network) const {
  return static_cast<double>(network.weight_count()) / weights_ / 2 +
         static_cast<double>(network.multiply_adds()) / multiply_adds_ / 2;
}

int ChannelPruning::prune(Network& network, double share) const {
  return cost(network) <= share ? 0 : Pruning(network, weights_, multiply_adds_).kill_until(share);
}

}  // namespace pare
