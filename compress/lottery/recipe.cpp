#include "compress/lottery/recipe.h"

#include <algorithm>

namespace pare {
namespace {

constexpr Word<TicketMethod> kMethods[] = {
    {"at_start", TicketMethod::AtStart},           {"imp", TicketMethod::Imp},
    {"weight_rewind", TicketMethod::WeightRewind}, {"lr_rewind", TicketMethod::LrRewind},
    {"fine_tune", TicketMethod::FineTune},         {"one_shot", TicketMethod::OneShot},
    {"random_reinit", TicketMethod::RandomReinit}, {"random_prune", TicketMethod::RandomPrune}};

// Whether a method starts its networks at step `rewinding_steps` rather than at the beginning.
bool rewinds(TicketMethod method) {
  return method == TicketMethod::WeightRewind || method == TicketMethod::LrRewind;
}

}  // namespace

const char* word_of(TicketMethod method) {
  for (const auto& [word, value] : kMethods)
    if (value == method) return word;
  return "?";
}

void BranchConfig::describe(Fields& fields) {
  const Range levels = Range::between(1, 1000);
  fields.integers("at_start", at_start, levels, "levels that are also reached by pruning before training");
  fields.integers("weight_rewind", weight_rewind, levels,
                  "levels at which weights also go back to rewinding_steps");
  fields.integers("lr_rewind", lr_rewind, levels, "levels at which trained weights also repeat the schedule");
  fields.integers("fine_tune", fine_tune, levels, "levels at which trained weights are also trained on");
  fields.integers("one_shot", one_shot, levels, "levels that are also reached by pruning once");
  fields.integers("random_reinit", random_reinit, levels, "levels whose mask also gets new random weights");
  fields.integers("random_prune", random_prune, levels, "levels whose mask is also shuffled");
}

std::vector<std::pair<TicketMethod, const std::vector<int>*>> BranchConfig::all() const {
  return {{TicketMethod::AtStart, &at_start},        {TicketMethod::WeightRewind, &weight_rewind},
          {TicketMethod::LrRewind, &lr_rewind},      {TicketMethod::FineTune, &fine_tune},
          {TicketMethod::OneShot, &one_shot},        {TicketMethod::RandomReinit, &random_reinit},
          {TicketMethod::RandomPrune, &random_prune}};
}

std::vector<TicketMethod> BranchConfig::at(int level) const {
  std::vector<TicketMethod> methods;
  for (const auto& [method, levels] : all())
    if (std::find(levels->begin(), levels->end(), level) != levels->end()) methods.push_back(method);
  return methods;
}

std::pair<int, TicketMethod> BranchConfig::last() const {
  std::pair<int, TicketMethod> last{0, TicketMethod::Imp};
  for (const auto& [method, levels] : all())
    for (const int level : *levels)
      if (level > last.first) last = {level, method};
  return last;
}

void LotteryPlan::describe(Fields& fields) {
  fields.choice("method", method, std::span(kMethods), "how pruned networks are trained");
  fields.integer("levels", levels, Range::between(0, 1000),
                 "rounds of pruning; level 0 is the dense network");
  fields.integer("replicates", replicates, Range::between(1, 1000),
                 "runs; number R has the seed `seed` + R - 1");
  fields.section("prune", prune, "what goes each round");
  fields.text(
      "init_from", init_from,
      "a trained network, a checkpoint, a model.pare or a run's directory, with whose weights level 0 begins",
      Need::IfAny);
  fields.length("rewinding_steps", rewinding_steps, Range::at_least(0),
                "where weight_rewind and lr_rewind go back to: \"500it\" or \"2ep\"");
  fields.length("fine_tune_for", fine_tune_for, Range::at_least(0),
                "length of fine-tuning; 0: as long as the run");
  fields.number("fine_tune_rate", fine_tune_rate, Range::at_least(0),
                "constant factor on the learning rate in fine-tuning; 0: the last one of the schedule");
  fields.length("evaluate_every", evaluate_every, Range::above(0),
                "how often the validation images are looked at");
  fields.section("branches", branches, "other methods tried on finished levels");
}

Recipe recipe_of(TicketMethod method, Role role, const LotteryPlan& plan, const ScheduleConfig& schedule,
                 const Position& dense) {
  const int64_t rewound = plan.rewinding_steps.iterations(dense.steps_per_epoch);
  const int64_t main_start = role == Role::Branch && rewinds(plan.method) ? rewound : 0;
  Recipe recipe;
  recipe.mask = role == Role::Branch ? Recipe::Mask::Main : Recipe::Mask::Previous;
  recipe.total = dense.total;
  switch (method) {
    case TicketMethod::AtStart:
      recipe.mask = Recipe::Mask::First;
      break;
    case TicketMethod::Imp:
      break;
    case TicketMethod::WeightRewind:
      recipe.first = rewound;
      break;
    case TicketMethod::LrRewind:
      recipe.weights = Recipe::Weights::Trained;
      recipe.first = rewound;
      break;
    case TicketMethod::FineTune: {
      const int64_t steps = plan.fine_tune_for.iterations(dense.steps_per_epoch);
      const Position last{dense.total - 1, dense.total, dense.steps_per_epoch};
      recipe.weights = Recipe::Weights::Trained;
      recipe.first = dense.total;
      recipe.total = dense.total + (steps > 0 ? steps : dense.total);
      recipe.fixed_factor = plan.fine_tune_rate > 0 ? plan.fine_tune_rate : schedule.factor(last);
      break;
    }
    case TicketMethod::OneShot:
      recipe.mask = Recipe::Mask::Dense;
      break;
    case TicketMethod::RandomReinit:
      recipe.weights = Recipe::Weights::Redrawn;
      recipe.first = main_start;
      break;
    case TicketMethod::RandomPrune:
      recipe.mask = role == Role::Branch ? Recipe::Mask::MainShuffled : Recipe::Mask::PreviousShuffled;
      recipe.first = main_start;
      break;
  }
  return recipe;
}

}  // namespace pare
