#include "train/run/first_values.h"

#include <algorithm>

#include "compress/packed/packed_model.h"
#include "layers/channels.h"
#include "layers/channelwise/batch_norm.h"
#include "layers/channelwise/quantise.h"
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

// A network trained from a model file takes over its weights, layer by layer.
class Takeover {
 public:
  Takeover(Network& network, Network& model, const std::string& path)
      : network_(network),
        model_(model),
        path_(path),
        to_(with_weights(network)),
        from_(with_weights(model)) {}

  Found run() {
    require_same_layers();
    cut();
    Found found{.last_layer = true};
    network_.visit([&](Parameter&) { ++found.asked; });
    for (size_t i = 0; i < to_.size(); ++i) {
      Layer &to = network_.layer(to_[i]), &from = model_.layer(from_[i]);
      to.weight()->take(from.weight()->code());
      to.weight()->visit([&](Parameter&) { ++found.found; });
      if (to.bias() == nullptr) continue;
      const Parameter* const bias = from.bias();
      to.bias()->value = bias != nullptr ? bias->value.clone() : Tensor::zeros(to.bias()->value.shape());
      ++found.found;
    }
    const std::vector<int> to = batch_norms(network_), from = batch_norms(model_);
    for (size_t i = 0; i < to.size(); ++i) {
      std::vector<Tensor> values;
      model_.layer(from[i]).visit([&](const Parameter& p) { values.push_back(p.value.clone()); });
      network_.layer(to[i]).visit([&](Parameter& p) { p.value = values[found.found++ % values.size()]; });
    }
    take_quantisers(found);
    return found;
  }

 private:
  // A file without any, or with others, leaves them to the first batch.
  void take_quantisers(Found& found) {
    const std::vector<int> to = quantisers(network_), from = quantisers(model_);
    if (to.size() != from.size()) return;
    for (size_t i = 0; i < to.size(); ++i, ++found.found)
      as_quantise(network_.layer(to[i]))->set_exponent(as_quantise(model_.layer(from[i]))->exponent());
  }

  const Network::Node& to(size_t i) const { return network_.nodes()[to_[i]]; }
  const Network::Node& from(size_t i) const { return model_.nodes()[from_[i]]; }

  void require_same_layers() const {
    require(
        batch_norms(model_).size() == batch_norms(network_).size(), Failure::Data, path_,
        ": its batch norms were folded into the layers in front of them, which leaves nothing to train; take "
        "checkpoint.safetensors of its run instead, or a network without batch_norm");
    require(model_.images().shape(1) == network_.images().shape(1), Failure::Data, path_, ": is for images ",
            model_.images(), ", this network for ", network_.images());
    require(from_.size() == to_.size(), Failure::Data, path_, ": has ", from_.size(),
            " layers with weights, this network ", to_.size(), kWhatWorks);
    for (size_t i = 0; i < to_.size(); ++i) {
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

  // Where the file does not say which of a layer's channels are left, no layer asks, and the first ones will
  // do.
  void cut() {
    std::vector<std::vector<int>> left(network_.nodes().size());  // of each node: numbers in the stream
    const auto of = [&](int input) {
      return input == Network::kImages ? all_channels(network_.images().channels, 0).channels : left[input];
    };
    std::vector<std::vector<int>> kept;
    for (int i = 0; i < static_cast<int>(left.size()); ++i) {
      const Network::Node& node = network_.nodes()[i];
      const Coupling& coupling = node.coupling;
      if (!coupling.carries())
        left[i] = model_.nodes()[from_[std::find(to_.begin(), to_.end(), i) - to_.begin()]].channels;
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
    for (size_t i = 0; i < to_.size(); ++i)
      require(from(i).layer->weight()->shape() == to(i).layer->weight()->shape(), Failure::Data, path_,
              ": its layer ", from(i).name, " has weights ", from(i).layer->weight()->shape(),
              ", this network's ", to(i).name, " ", to(i).layer->weight()->shape(), kWhatWorks);
  }

  Network &network_, &model_;
  const std::string& path_;
  std::vector<int> to_, from_;  // nodes with weights
};

// Whether a file is the checkpoint of a run whose tensors became smaller than this network's.
bool lost_channels(Network& network, const SafetensorsFile& file) {
  bool smaller = false;
  network.visit([&](const Parameter& p) {
    const Tensor* const tensor = file.find(p.name);
    smaller = smaller || (tensor != nullptr && !(tensor->shape() == p.value.shape()));
  });
  return smaller && file.metadata.contains("channels");
}

Found from_tensors(Network& network, const std::string& path) {
  const SafetensorsFile file = read_safetensors(path);
  require(!file.metadata.contains("layers"), Failure::Data, path,
          ": an export for PyTorch, whose weights have their axes in another order; take the checkpoint");
  if (lost_channels(network, file)) try {
      keep_listed_channels(network, file, path);
    } catch (const Error& error) {
      fail(Failure::Data, error.what(), kWhatWorks);
    }
  Found found{.targets = targets_in(file, path)};
  const std::string last = network.nodes().back().name + ".";
  network.visit([&](Parameter& p) {
    ++found.asked;
    if (file.find(p.name) == nullptr && !file.unreadable.contains(p.name)) return;
    p.value = tensor_of(file, p.name, p.value.shape(), path).clone();
    ++found.found;
    found.last_layer = found.last_layer || p.name.starts_with(last);
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

}  // namespace

Found initialise_from(Network& network, const std::string& path) {
  if (!is_model_file(path)) return from_tensors(network, path);
  const PackedModel model = read_model(path);
  return Takeover(network, *model.network, path).run();
}

}  // namespace pare
