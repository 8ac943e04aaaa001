#include "framework/data/training_choice.h"

#include <algorithm>

#include "framework/base/rng.h"
#include "framework/data/sources/class_names.h"

namespace pare {

std::vector<int> TrainingChoice::among(const Source& examples, const Spec& spec,
                                       const std::vector<int>& indices) const {
  if (per_class == 0 && without.empty()) return indices;
  require(!spec.classes.empty(), Failure::Usage, per_class > 0 ? "data.per_class" : "data.without",
          ": is for classes, but ", spec.data, " asks for numbers; leave it out");
  std::vector<bool> left(spec.classes.size(), true);
  for (const std::string& name : without)
    left[class_named(name, spec.classes, spec.data, "data.without")] = false;
  std::vector<std::vector<int>> of_class(spec.classes.size());
  for (const int index : indices) of_class[static_cast<size_t>(examples.label(index))].push_back(index);
  std::vector<int> chosen;
  for (size_t c = 0; c < of_class.size(); ++c) {
    std::vector<int>& members = of_class[c];
    if (!left[c]) continue;
    if (per_class > 0) {
      require(std::ssize(members) >= per_class, Failure::Usage, "data.per_class: ", per_class,
              " are asked for, but class '", spec.classes[c], "' has ", members.size(),
              " training examples; use fewer");
      Rng(draw, "per_class " + spec.classes[c]).shuffle(members);
      members.resize(static_cast<size_t>(per_class));
    }
    chosen.insert(chosen.end(), members.begin(), members.end());
  }
  require(!chosen.empty(), Failure::Usage, "data.without: no training example of ", spec.data, " is left");
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace pare
