#include "optim/rules/update_rules.h"

#include <cmath>

#include "framework/kernels/elementwise/elementwise.h"

namespace pare {

void KindRule::describe(Fields& fields) {
  fields.number("rate", rate, Range::at_least(0), "factor on this kind's learning rate");
  fields.number("weight_decay", weight_decay, Range::at_least(0), "decay of this kind");
}

void KindRules::describe(Fields& fields) {
  fields.section("bias", bias, "biases");
  fields.section("batch_norm", batch_norm, "gamma and beta of batch norm");
  fields.section("bits", bits, "bit depths of self-compressing weights");
  fields.section("exponents", exponents, "exponents of self-compressing weights");
  fields.section("gates", gates, "the numbers of gates");
}

std::vector<std::pair<ParameterTag, KindRule>> KindRules::by_tag() const {
  return {{ParameterTag::Bias, bias},
          {ParameterTag::Normalisation, batch_norm},
          {ParameterTag::Bits, bits},
          {ParameterTag::Exponents, exponents},
          {ParameterTag::Gate, gates}};
}

void GroupRule::describe(Fields& fields) {
  fields.text(
      "match", match,
      "which parameters: a name, in which * stands for anything (\"0.conv2d.*\"), a tag (weight, bias, "
      "normalisation, bits, exponents, gate, activation_step, statistic), or both (\"bits:0.*\")",
      Need::Required);
  fields.number("rate", rate, Range::at_least(0), "factor on their learning rate");
  fields.number("weight_decay", weight_decay, Range::at_least(0), "their decay");
  fields.flag("trainable", trainable, "false: they stay as they are");
}

void UpdateRules::describe(Fields& fields) {
  fields.number("clip_norm", clip_norm, Range::at_least(0),
                "all gradients of a step are scaled down to this global norm; 0: never");
  fields.section("kinds", kinds, "rates and decay of parameters that are not weights");
  fields.sections("groups", groups,
                  "parameters that learn differently; where several match, the later one wins");
}

void clip_gradients(const std::vector<Parameter*>& parameters, double limit) {
  double squares = 0;
  for (const Parameter* p : parameters)
    if (p->grad) squares += sum_of_squares(p->grad);
  const double norm = std::sqrt(squares);
  if (norm > limit)
    for (Parameter* p : parameters)
      if (p->grad) scale(p->grad, static_cast<float>(limit / norm));
}

}  // namespace pare
