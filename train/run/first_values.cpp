#include "train/run/first_values.h"

#include <algorithm>
#include <set>

#include "compress/packed/packed_model.h"
#include "framework/config/suggest.h"
#include "layers/channels.h"
#include "layers/channelwise/batch_norm.h"
#include "layers/channelwise/quantise.h"
#include "train/model_file.h"
#include "train/run/checkpoint.h"

namespace pare {
namespace {

constexpr const char* kWhatWorks =
    "; --init-from takes a network that lost channels over into the same layers only: use the network of its "
    "run's config.json, or go on with that run (--out DIR --resume with more epochs)";

// The nodes of which `chosen` is true.
template <class Chosen>
std::vector<int> nodes_that(const Network& network, const Chosen& chosen) {
  std::vector<int> found;
  for (int i = 0; i < static_cast<int>(network.nodes().size()); ++i)
    if (chosen(*network.nodes()[i].layer)) found.push_back(i);
  return found;
}

std::vector<int> with_weights(const Network& network) {
  return nodes_that(network, [](Layer& layer) { return layer.weight() != nullptr; });
}
std::vector<int> quantisers(const Network& network) {
  return nodes_that(network, [](Layer& layer) { return as_quantise(layer) != nullptr; });
}
std::vector<int> batch_norms(const Network& network) {
  return nodes_that(network, [](Layer& layer) { return as_batch_norm(layer) != nullptr; });
}

bool is_learnt(const Parameter& p) {
  return p.tags.meets(
      {ParameterTag::Weight, ParameterTag::Bias, ParameterTag::Normalisation, ParameterTag::Gate});
}

// Counts what became of a parameter.
void count(Found& found, const Parameter& p, bool is_found) {
  ++found.asked;
  if (is_learnt(p)) found.numbers_asked += p.value.size();
  if (!is_found) return;
  ++found.found;
  if (is_learnt(p)) found.numbers_found += p.value.size();
}

bool lost_channels(const Network& network) {
  return std::ranges::any_of(network.nodes(), [](const Network::Node& node) {
    return std::ssize(node.channels) < node.original_channels;
  });
}

// A network that takes over what is left of another one, the donor, layer by layer.
class Takeover {
 public:
  enum class By { Order, Name };

  Takeover(Network& network, Network& donor, const std::string& path, By by)
      : network_(network),
        donor_(donor),
        path_(path),
        to_(with_weights(network)),
        from_(with_weights(donor)) {
    if (by == By::Name) match_names();
    require(from_.size() == to_.size(), Failure::Data, path_, ": has ", from_.size(),
            " layers with weights, this network ", to_.size(), kWhatWorks);
    new_head_ = !to_.empty() && has_other_outputs(to_.size() - 1);
    require_same_layers();
  }

  // Leaves the donor's channels. Where the file does not say which of a layer's channels are left, no layer
  // asks, and the first ones will do.
  void cut() {
    std::vector<std::vector<int>> left(network_.nodes().size());  // of each node: numbers in the stream
    const auto of = [&](int input) {
      return input == Network::kImages ? all_channels(network_.images().channels, 0).channels : left[input];
    };
    std::vector<std::vector<int>> kept;
    for (int i = 0; i < static_cast<int>(left.size()); ++i) {
      const Network::Node& node = network_.nodes()[i];
      const Coupling& coupling = node.coupling;
      if (!coupling.carries()) left[i] = channels_of_donor(i);
      for (size_t k = 0; coupling.carries() && k < node.inputs.size(); ++k)
        left[i] = union_of(left[i], shifted(of(node.inputs[k]), coupling.inputs[k].shift));
      std::vector<int>& positions = kept.emplace_back();
      for (const int channel : left[i]) {
        positions.push_back(position_of(channel, node.channels));
        require(positions.back() >= 0, Failure::Data, path_, ": layer ", node.name, " has no channel ",
                channel, kWhatWorks);
      }
    }
    try {
      network_.keep(kept);
    } catch (const Error& error) {
      fail(Failure::Data, path_, ": ", error.what(), kWhatWorks);
    }
    for (size_t i = 0; i < taken(); ++i)
      require(from(i).layer->weight()->shape() == to(i).layer->weight()->shape(), Failure::Data, path_,
              ": its layer ", from(i).name, " has weights ", from(i).layer->weight()->shape(),
              ", this network's ", to(i).name, " ", to(i).layer->weight()->shape(), kWhatWorks);
  }

  // Takes the donor's weights by their codes, and all else.
  Found take() {
    std::set<std::string> taken_over;
    for (size_t i = 0; i < taken(); ++i) {
      Layer &to = network_.layer(to_[i]), &from = donor_.layer(from_[i]);
      to.weight()->take(from.weight()->code());
      to.weight()->visit([&](const Parameter& p) { taken_over.insert(p.name); });
      if (to.bias() == nullptr) continue;
      const Parameter* const bias = from.bias();
      to.bias()->value = bias != nullptr ? bias->value.clone() : Tensor::zeros(to.bias()->value.shape());
      taken_over.insert(to.bias()->name);
    }
    take_all(batch_norms(network_), batch_norms(donor_), taken_over);
    // A file with other quantisers leaves them to the first batch.
    if (quantisers(network_).size() == quantisers(donor_).size())
      take_all(quantisers(network_), quantisers(donor_), taken_over);
    Found found;
    found.last_layer = !new_head_;
    network_.visit([&](const Parameter& p) {
      const bool has = taken_over.contains(p.name);
      count(found, p, has);
      if (!has && is_learnt(p)) found.other_shape.push_back(p.name);
    });
    return found;
  }

 private:
  const Network::Node& to(size_t i) const { return network_.nodes()[to_[i]]; }
  const Network::Node& from(size_t i) const { return donor_.nodes()[from_[i]]; }
  size_t taken() const { return to_.size() - (new_head_ ? 1 : 0); }

  // The donor's layers in the order of ours; those without a namesake are left out.
  void match_names() {
    std::vector<int> named;
    for (const int node : to_)
      for (const int other : from_)
        if (donor_.nodes()[other].name == network_.nodes()[node].name) named.push_back(other);
    from_ = named;
  }

  // A last layer of other outputs, which is all that sets it apart.
  bool has_other_outputs(size_t last) const {
    return from(last).original_channels != to(last).original_channels && from(last).coupling.owns() &&
           to_[last] == last_owner(network_) && from_[last] == last_owner(donor_);
  }
  static int last_owner(const Network& network) {
    int last = -1;
    for (int i = 0; i < static_cast<int>(network.nodes().size()); ++i)
      if (network.nodes()[i].coupling.owns()) last = i;
    return last;
  }

  std::vector<int> channels_of_donor(int node) const {
    const auto at = static_cast<size_t>(std::ranges::find(to_, node) - to_.begin());
    return at < taken() ? from(at).channels : network_.nodes()[node].channels;
  }

  static void take_all(Network& network, const std::vector<int>& to, Network& donor,
                       const std::vector<int>& from, std::set<std::string>& taken_over) {
    for (size_t i = 0; i < to.size(); ++i) {
      std::vector<Tensor> values;
      donor.layer(from[i]).visit([&](const Parameter& p) { values.push_back(p.value.clone()); });
      size_t next = 0;
      network.layer(to[i]).visit([&](Parameter& p) {
        p.value = values[next++];
        taken_over.insert(p.name);
      });
    }
  }
  void take_all(const std::vector<int>& to, const std::vector<int>& from, std::set<std::string>& taken_over) {
    take_all(network_, to, donor_, from, taken_over);
  }

  void require_same_layers() const {
    require(
        batch_norms(donor_).size() == batch_norms(network_).size(), Failure::Data, path_,
        ": its batch norms were folded into the layers in front of them, which leaves nothing to train; take "
        "checkpoint.safetensors of its run instead, or a network without batch_norm");
    require(donor_.images().shape(1) == network_.images().shape(1), Failure::Data, path_, ": is for images ",
            donor_.images(), ", this network for ", network_.images());
    for (size_t i = 0; i < taken(); ++i) {
      const Shape a = from(i).layer->weight()->shape(), b = to(i).layer->weight()->shape();
      require(from(i).kind() == to(i).kind() && from(i).coupling.outputs == to(i).coupling.outputs &&
                  a[1] == b[1] && a[2] == b[2] && from(i).original_channels == to(i).original_channels,
              Failure::Data, path_, ": its layer ", from(i).name, " of weights ", a,
              " is not this network's layer ", to(i).name, " of weights ", b, kWhatWorks);
      require(to(i).layer->bias() != nullptr || from(i).layer->bias() == nullptr, Failure::Data, path_,
              ": its layer ", from(i).name, " has biases, which this network's ", to(i).name,
              " has no place for");
    }
  }

  Network &network_, &donor_;
  const std::string& path_;
  std::vector<int> to_, from_;  // nodes with weights, one for one
  bool new_head_ = false;       // the last of them is not taken
};

// Whether a file is the checkpoint of a network some of whose tensors are other than this one's.
bool is_other_checkpoint(Network& network, const SafetensorsFile& file) {
  bool other = false;
  network.visit([&](const Parameter& p) {
    const Tensor* const tensor = file.find(p.name);
    other = other || (tensor != nullptr && !(tensor->shape() == p.value.shape()));
  });
  return other && file.metadata.contains("channels");
}

// The network loses the channels that a checkpoint's lost.
void cut_as(Network& network, const std::string& path) {
  const Checkpoint checkpoint = load_checkpoint(path);
  if (!checkpoint.progress.spec) {  // of version 0.1.0
    try {
      return keep_listed_channels(network, checkpoint.file, path);
    } catch (const Error& error) {
      fail(Failure::Data, error.what(), kWhatWorks);
    }
  }
  const std::unique_ptr<Network> donor = network_of(checkpoint);
  if (lost_channels(*donor)) Takeover(network, *donor, path, Takeover::By::Name).cut();
}

Found from_tensors(Network& network, const std::string& path) {
  const SafetensorsFile file = read_safetensors(path);
  require(!file.metadata.contains("layers"), Failure::Data, path,
          ": an export for PyTorch, whose weights have their axes in another order; take the checkpoint");
  if (is_other_checkpoint(network, file)) cut_as(network, path);
  Found found;
  found.targets = targets_in(file, path);
  const std::string last = network.nodes().back().name + ".";
  network.visit([&](Parameter& p) {
    const Tensor* const tensor = file.find(p.name);
    const bool there = tensor != nullptr || file.unreadable.contains(p.name);
    const bool fits = there && (tensor == nullptr || tensor->shape() == p.value.shape());
    if (fits) p.value = tensor_of(file, p.name, p.value.shape(), path).clone();
    count(found, p, fits);
    if (!fits && is_learnt(p)) (there ? found.other_shape : found.missing).push_back(p.name);
    found.last_layer = found.last_layer || (fits && p.name.starts_with(last));
  });
  require(found.found > 0, Failure::Data, path,
          ": none of its tensors has the name of a parameter of this network");
  for (size_t i = 0; i < network.nodes().size(); ++i) {
    Weight* const weight = network.layer(static_cast<int>(i)).weight();
    if (weight != nullptr && weight->exponents() != nullptr &&
        file.find(weight->exponents()->name) == nullptr)
      weight->fit_exponents();
  }
  return found;
}

// The first few of them.
std::string some_of(const std::vector<std::string>& names) {
  constexpr size_t kMost = 4;
  std::vector<std::string> some(names.begin(),
                                names.begin() + static_cast<std::ptrdiff_t>(std::min(kMost, names.size())));
  return comma_list(some) + (names.size() > kMost ? text(" and ", names.size() - kMost, " more") : "");
}

}  // namespace

std::string said_of(const Found& found) {
  std::string said = text(found.found, " of ", found.asked, " parameters");
  if (!found.other_shape.empty()) said += "; of another shape there: " + some_of(found.other_shape);
  if (!found.missing.empty()) said += "; not there: " + some_of(found.missing);
  return said;
}

Found initialise_from(Network& network, const std::string& path) {
  if (!is_model_file(path)) return from_tensors(network, path);
  const PackedModel model = read_model(path);
  Takeover takeover(network, *model.network, path, Takeover::By::Order);
  takeover.cut();
  return takeover.take();
}

}  // namespace pare
