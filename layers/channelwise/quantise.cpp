#include "layers/channelwise/quantise.h"

#include "framework/autograd/ops.h"

namespace pare {

QuantiseLayer::QuantiseLayer(const Site& site, int bits, bool with_signs, bool learnt)
    : ChannelwiseLayer(site.input()),
      bits_(bits),
      range_(integers_of(bits, with_signs)),
      exponent_{site.name + ".exponent",
                learnt ? ParameterTag::ActivationStep : ParameterTag::Statistic,
                Tensor::full({1}, kUnset),
                {},
                {}} {}

Var QuantiseLayer::apply(const Var& x, Pass& pass) {
  const bool first_of_training = pass.mode == Mode::Train && exponent_.trainable;
  if (!is_set() && (first_of_training || pass.calibrates))
    set_exponent(fitted_exponent(x.value, range_, pass.fit.value_or(usual_fit(bits_))));
  if (!is_set()) return x;
  const bool learns = exponent_.is(ParameterTag::ActivationStep);
  return quantise_uniform(pass.tape, x, learns ? pass.tape.leaf(exponent_) : Tape::constant(exponent_.value),
                          range_);
}

Constants QuantiseLayer::trace(std::span<const Constants> inputs, const std::vector<bool>&) const {
  Constants outputs = inputs[0];
  for (auto& constant : outputs)
    if (constant && is_set())
      constant = quantise_uniform(Tensor::full({1}, *constant), exponent(), range_).item();
  return outputs;
}

void QuantiseConfig::describe(Fields& fields) {
  describe_node(fields);
  fields.integer("bits", bits, Range::between(1, 16), "how many integers there are: 2^bits");
  fields.flag("learn", learnt,
              "whether its step is learnt; otherwise it stays what it is after the first batch");
  fields.flag("signed", with_signs,
              "-2^(bits-1) to 2^(bits-1) - 1; otherwise 0 to 2^bits - 1, as behind a relu");
}

std::unique_ptr<Layer> QuantiseConfig::build(const Site& site) const {
  require(bits > 1 || !with_signs, Failure::Usage, "network: layer ", site.name,
          " has 1 bit with a sign, which leaves no number above zero; use 2 or more");
  return std::make_unique<QuantiseLayer>(site, bits, with_signs, learnt);
}

QuantiseLayer* as_quantise(Layer& layer) { return dynamic_cast<QuantiseLayer*>(&layer); }

}  // namespace pare
