#include "optim/parameter_groups.h"

#include <algorithm>
#include <set>

#include "framework/base/error.h"
#include "framework/config/suggest.h"

namespace pare {
namespace {

// What somebody may have meant: names, all of a layer, all of an ending, tags; the three nearest.
std::string nearest_patterns(const std::string& wrong, const std::vector<Parameter*>& parameters) {
  std::set<std::string> patterns;
  for (const Parameter* p : parameters) {
    patterns.insert(p->name);
    for (size_t dot = p->name.find('.'); dot != std::string::npos; dot = p->name.find('.', dot + 1)) {
      patterns.insert(p->name.substr(0, dot) + ".*");
      patterns.insert("*" + p->name.substr(dot));
    }
    for (const ParameterTag tag : kParameterTags)
      if (p->is(tag)) patterns.insert(name(tag));
  }
  std::vector<std::string> nearest(patterns.begin(), patterns.end());
  std::stable_sort(nearest.begin(), nearest.end(), [&](const std::string& a, const std::string& b) {
    return edit_distance(wrong, a) < edit_distance(wrong, b);
  });
  nearest.resize(std::min<size_t>(nearest.size(), 3));
  std::string list;
  for (const std::string& pattern : nearest) list += (list.empty() ? "'" : ", '") + pattern + "'";
  return list;
}

template <class Visit>
void each_match(const Pattern& pattern, const std::vector<Parameter*>& parameters, const Visit& visit) {
  for (Parameter* p : parameters)
    if (pattern.matches(*p)) visit(*p);
}

}  // namespace

void apply_groups(const UpdateRules& rules, const std::vector<Parameter*>& parameters) {
  for (const auto& [tag, rule] : rules.kinds.by_tag())
    each_match({tag}, parameters, [&, &r = rule](Parameter& p) {
      p.rate = r.rate;
      p.weight_decay = r.weight_decay;
    });
  for (const GroupRule& group : rules.groups) {
    bool any = false;
    each_match(Pattern::parse(group.match), parameters, [&](Parameter& p) {
      any = true;
      if (group.rate) p.rate = *group.rate;
      if (group.weight_decay) p.weight_decay = group.weight_decay;
      if (group.trainable) p.trainable = *group.trainable;
    });
    require(any, Failure::Usage, "optimizer.groups: no parameter matches '", group.match,
            "', did you mean one of ", nearest_patterns(group.match, parameters), "?");
  }
  require(std::any_of(parameters.begin(), parameters.end(),
                      [](const Parameter* p) { return p->trainable && !p->is(ParameterTag::Statistic); }),
          Failure::Usage, "optimizer.groups: no parameter is trainable, so nothing would learn");
}

}  // namespace pare
