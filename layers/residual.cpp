#include "layers/residual.h"

#include <array>

#include "framework/autograd/ops.h"
#include "layers/channels.h"
#include "layers/network/network.h"

namespace pare {
namespace {

// Adds two tensors that may have lost different channels of their stream: works on the union of what they
// carry.
class Add : public Layer {
 public:
  Add(const Signal& a, const Signal& b) : output_(a.extent) {
    const std::vector<int> channels = union_of(a.channels, b.channels);
    output_.channels = static_cast<int>(channels.size());
    for (const int channel : channels) {
      from_[0].push_back(position_of(channel, a.channels));
      from_[1].push_back(position_of(channel, b.channels));
    }
  }

  Flow flow() const override { return Flow::Join; }
  Extent output() const override { return output_; }
  Var forward(std::span<const Var> inputs, Pass& pass) override {
    if (is_plain_join(*this, inputs[0].shape().back(), inputs[1].shape().back()))
      return add(pass.tape, inputs[0], inputs[1]);
    return union_sum(pass.tape, inputs[0], inputs[1], from_[0], from_[1]);
  }
  const std::vector<int>* carried(int input) const override { return &from_[input]; }

  Constants trace(std::span<const Constants> inputs, const std::vector<bool>&) const override {
    Constants outputs(from_[0].size());
    for (size_t c = 0; c < outputs.size(); ++c) {
      std::optional<float> sum = 0.0f;
      for (int k = 0; k < 2 && sum; ++k) {
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

 private:
  Extent output_;
  std::array<std::vector<int>, 2> from_;  // per output channel: where it lies in each input, or -1
};

// Where some of a stream's channels have left.
std::string described(const Signal& signal) {
  const bool whole = signal.extent.channels == signal.stream;
  return whole ? "" : text(" (of ", signal.stream, " channels before a gate)");
}

}  // namespace

void ResidualConfig::describe(Fields& fields) {
  fields.variants("body", body, layer_table(), "layers of the main path", Need::Required);
  fields.variants("shortcut", shortcut, layer_table(), "layers of the other path; none: the input itself");
}

std::unique_ptr<Layer> ResidualConfig::build(const Site& site) const {
  const Signal& a = site.inputs[0];
  const Signal& b = site.inputs[1];
  require(a.extent.height == b.extent.height && a.extent.width == b.extent.width && a.stream == b.stream,
          Failure::Usage, "network: layer ", site.name, " adds a body of ", a.extent, described(a),
          " to a shortcut of ", b.extent, described(b),
          "; give the shortcut a conv2d with kernel 1, the body's channels and stride");
  return std::make_unique<Add>(a, b);
}

int ResidualConfig::expand(NetworkBuilder& builder, const std::string& kind, int input) const {
  require(!body.empty(), Failure::Usage, "network: the body of layer ", builder.place(), ".", kind,
          " is empty; give it a layer, or leave the residual out");
  const int main = builder.add_all(body, input, "body");
  const int other = builder.add_all(shortcut, input, "shortcut");
  return builder.add(kind, *this, {main, other});
}

}  // namespace pare
