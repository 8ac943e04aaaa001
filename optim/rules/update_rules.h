// UpdateRules: what holds for all optimisers of a run: how long a step's gradient may be, and which
// parameters are moved differently from the rest.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/autograd/parameter.h"
#include "framework/config/fields/fields.h"

namespace pare {

struct KindRule {
  double rate = 1;          // factor on the learning rate of whatever moves this kind
  double weight_decay = 0;  // in the way of whatever moves this kind: L2 or decoupled

  void describe(Fields& fields);
};

// The groups of every config: one for each kind of parameter but weights, whose rate and decay are the
// optimiser's own.
struct KindRules {
  KindRule bias, batch_norm, bits, exponents, gates;

  void describe(Fields& fields);
  std::vector<std::pair<ParameterTag, KindRule>> by_tag() const;
};

// The parameters that match a pattern (pattern.h), and what of them is set.
struct GroupRule : Described {
  std::string match;
  std::optional<double> rate, weight_decay;
  std::optional<bool> trainable;

  void describe(Fields& fields) override;
};

struct UpdateRules {
  double clip_norm = 0;  // 0: gradients stay as they are
  KindRules kinds;
  std::vector<GroupRule> groups;  // see apply_groups

  void describe(Fields& fields);
};

// Scales all gradients alike so that their global norm, the root of the sum of all squares, is at most
// `limit`. The sum is made in double in a fixed order.
void clip_gradients(const std::vector<Parameter*>& parameters, double limit);

}  // namespace pare
