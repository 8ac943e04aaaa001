// Parameter groups of a config: how the parameters that match a pattern learn, unlike the rest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "optim/pattern.h"
#include "optim/rules/update_rules.h"

namespace pare {

// Sets those of a parameter's settings that `rules` name: first `kinds`, then the groups in their order.
// Where two groups set the same of one parameter, the later one wins. Throws Failure::Usage naming a pattern
// that no parameter matches, with the nearest that some do, and when no parameter is left to learn.
void apply_groups(const UpdateRules& rules, const std::vector<Parameter*>& parameters);

}  // namespace pare
