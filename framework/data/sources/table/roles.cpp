#include "framework/data/sources/table/roles.h"

#include <map>

#include "framework/base/error.h"
#include "framework/config/suggest.h"

namespace pare {
namespace {

// Gives columns their one use each.
class Uses {
 public:
  explicit Uses(const TableFile& file) : file_(file) {}

  size_t take(const std::string& name, const char* key) {
    const size_t column = file_.column(name, key);
    const auto [before, is_new] = uses_.emplace(column, key);
    require(is_new, Failure::Usage, "data.source: column '", name, "' is named by ", before->second,
            " and by ", key, "; leave it out of one of them");
    return column;
  }
  bool has(size_t column) const { return uses_.contains(column); }

 private:
  const TableFile& file_;
  std::map<size_t, const char*> uses_;
};

}  // namespace

Roles roles_of(const TableConfig& config, const TableFile& train) {
  require(config.label.empty() != config.targets.empty(), Failure::Usage,
          "data.source: ", config.label.empty() ? "there is nothing to learn" : "both a label and targets",
          "; name the column of the class: \"label\": \"NAME\", or those of the numbers to predict: "
          "\"targets\": [\"NAME\", ...]; the columns of ",
          train.path(), " are ", comma_list(train.columns()));
  Uses uses(train);
  Roles roles;
  if (!config.label.empty()) roles.label = uses.take(config.label, "label");
  for (const std::string& name : config.targets) roles.targets.push_back(uses.take(name, "targets"));
  if (!config.group.empty()) roles.group = uses.take(config.group, "group");
  for (const std::string& name : config.ignore) uses.take(name, "ignore");
  const Uses others = uses;
  for (const std::string& name : config.categorical) uses.take(name, "categorical");
  for (size_t column = 0; column < train.columns().size(); ++column) {
    if (others.has(column)) continue;
    require(!train.columns()[column].empty(), Failure::Usage, train.path(), ": column ", column + 1,
            " has no name, as the row numbers that pandas writes unless told index=False; leave it out by "
            "\"ignore\": [\"\"], or give it a name");
    roles.features.push_back({column, uses.has(column)});
  }
  require(!roles.features.empty(), Failure::Usage, "data.source: ", train.path(),
          " has no column left as an input");
  return roles;
}

Roles roles_in(const TableFile& other, const TableFile& train, const Roles& roles) {
  const auto find = [&](size_t column) { return other.column(train.columns()[column], "test"); };
  Roles found;
  if (roles.label) found.label = find(*roles.label);
  if (roles.group) found.group = find(*roles.group);
  for (const size_t target : roles.targets) found.targets.push_back(find(target));
  for (const Feature& feature : roles.features)
    found.features.push_back({find(feature.column), feature.categorical});
  return found;
}

}  // namespace pare
