#include "layers/join.h"

#include "framework/autograd/ops.h"
#include "layers/channels.h"
#include "layers/network/network.h"

namespace pare {
namespace {

// Each output channel is the sum of those inputs' channels that have its number, the numbers of each input
// moved by a shift. The inputs may have lost different channels; it works on the union of what they carry.
class Join : public Layer {
 public:
  Join(const std::vector<Signal>& inputs, std::vector<int> shifts)
      : output_(inputs[0].extent), shifts_(std::move(shifts)) {
    std::vector<int> channels;
    for (size_t k = 0; k < inputs.size(); ++k)
      channels = union_of(channels, shifted(inputs[k].channels, shifts_[k]));
    output_.channels = static_cast<int>(channels.size());
    for (size_t k = 0; k < inputs.size(); ++k) {
      std::vector<int>& from = from_.emplace_back();
      for (const int channel : channels)
        from.push_back(position_of(channel - shifts_[k], inputs[k].channels));
    }
  }

  Coupling coupling() const override {
    Coupling coupling{Coupling::Outputs::Carried, {}, {}};
    for (size_t k = 0; k < from_.size(); ++k) coupling.inputs.push_back({from_[k], shifts_[k]});
    return coupling;
  }
  Extent output() const override { return output_; }

  Constants trace(std::span<const Constants> inputs, const std::vector<bool>&) const override {
    Constants outputs(from_[0].size());
    for (size_t c = 0; c < outputs.size(); ++c) {
      std::optional<float> sum = 0.0f;
      for (size_t k = 0; k < from_.size() && sum; ++k) {
        if (from_[k][c] < 0) continue;
        const std::optional<float>& x = inputs[k][from_[k][c]];
        sum = x ? std::optional(*sum + *x) : std::nullopt;
      }
      outputs[c] = sum;
    }
    return outputs;
  }
  void keep_inputs(int input, std::span<const int> indices) override {
    for (int& from : from_[input]) from = position_of(from, indices);
  }
  void keep_outputs(std::span<const int> indices) override {
    for (std::vector<int>& from : from_) from = chosen(from, indices);
    output_.channels = static_cast<int>(indices.size());
  }

 protected:
  Extent output_;
  std::vector<int> shifts_;
  std::vector<std::vector<int>> from_;  // of each input: per output channel, where it lies there, or -1
};

class Add : public Join {
 public:
  explicit Add(const std::vector<Signal>& inputs) : Join(inputs, {0, 0}) {}
  Var forward(std::span<const Var> inputs, Pass& pass) override {
    if (coupling().adds_one_to_one(inputs[0].shape().back(), inputs[1].shape().back()))
      return add(pass.tape, inputs[0], inputs[1]);
    return union_sum(pass.tape, inputs[0], inputs[1], from_[0], from_[1]);
  }
};

// What leaves an input leaves the output, so it is always all of the one behind all of the other.
class Concat : public Join {
 public:
  using Join::Join;
  Var forward(std::span<const Var> inputs, Pass& pass) override { return concat(pass.tape, inputs); }
};

// Where some of a stream's channels have left.
std::string described(const Signal& signal) {
  const bool whole = signal.extent.channels == signal.stream;
  return text(signal.name, " of ", signal.extent,
              whole ? "" : text(" (of ", signal.stream, " channels before a gate)"));
}

bool same_area(const Signal& a, const Signal& b) {
  return a.extent.height == b.extent.height && a.extent.width == b.extent.width;
}

}  // namespace

std::unique_ptr<Layer> AddConfig::build(const Site& site) const {
  const Signal &a = site.inputs[0], &b = site.inputs[1];
  require(same_area(a, b) && a.stream == b.stream, Failure::Usage, "network: layer ", site.name, " adds ",
          described(a), " to ", described(b),
          "; give the shortcut a conv2d with kernel 1, the body's channels and stride");
  return std::make_unique<Add>(site.inputs);
}

std::unique_ptr<Layer> ConcatConfig::build(const Site& site) const {
  std::vector<int> shifts;
  int64_t channels = 0;
  for (const Signal& input : site.inputs) {
    require(same_area(site.inputs[0], input), Failure::Usage, "network: layer ", site.name, " puts ",
            described(input), " behind ", described(site.inputs[0]),
            "; their heights and widths must be the same");
    shifts.push_back(static_cast<int>(channels));
    channels += input.stream;
  }
  // Of each channel it holds where that lies in each input.
  require(channels <= kMostChannels && channels * std::ssize(site.inputs) <= int64_t{4} * kMostChannels,
          Failure::Usage, "network: layer ", site.name, " puts ", site.inputs.size(), " inputs of ", channels,
          " channels together, more than it can count; make it smaller");
  return std::make_unique<Concat>(site.inputs, std::move(shifts));
}

}  // namespace pare
