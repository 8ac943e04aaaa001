#include "train/lottery/replicate.h"

#include "train/lottery/scores.h"
#include "train/run/first_values.h"
#include "train/train.h"

#include <filesystem>

#include "framework/base/rng.h"

namespace pare {
namespace {

RunConfig with_seed(RunConfig config, int replicate) {
  config.seed += static_cast<uint64_t>(replicate - 1);
  if (config.data.order_seed > 0) config.data.order_seed += static_cast<uint64_t>(replicate - 1);
  return config;
}

uint64_t redrawn_seed(uint64_t seed, int level) {
  Rng rng(seed, "random_reinit", static_cast<uint64_t>(level));
  const uint64_t high = rng.bits();
  return high << 32 | rng.bits();
}

// Gives a network the weights and masks that a level ended with.
void load_level(Network& network, const LevelDirectory& level) {
  initialise_from(network, level.weights());
  const SafetensorsFile masks = read_safetensors(level.mask());
  for (const MaskedLayer& layer : masked_layers(network)) {
    const Tensor* const mask = masks.find(layer.name);
    if (mask == nullptr || mask->shape() != layer.weight->shape())
      fail(Failure::Data, level.mask(), ": no mask of ", layer.name, " of shape ", layer.weight->shape());
    layer.weight->set_mask(mask->to(DType::F32));
  }
}

Json to_json(const Recipe& recipe) {
  return Json::object({{"first", recipe.first},
                       {"total", recipe.total},
                       {"fixed_factor", recipe.fixed_factor ? Json(*recipe.fixed_factor) : Json()}});
}

}  // namespace

LotteryReplicate::LotteryReplicate(LotteryConfig config, LotteryDirectory directory, int replicate,
                                   const std::string& data_directory, Verbosity verbosity)
    : plan_(config.lottery),
      directory_(std::move(directory)),
      replicate_(replicate),
      experiment_(with_seed(std::move(config), replicate), data_directory),
      dense_{0, experiment_.total_steps(), experiment_.training_batches().per_epoch()},
      line_(verbosity) {
  require(plan_.rewinding_steps.iterations(dense_.steps_per_epoch) < dense_.total, Failure::Usage,
          "lottery.rewinding_steps: ", plan_.rewinding_steps.iterations(dense_.steps_per_epoch),
          " steps of a run of ", dense_.total, "; rewind to an earlier step");
  require(experiment_.spec().tells_classes(), Failure::Usage,
          "lottery: its tables and figures are of accuracy, but ", experiment_.spec().data,
          " has no classes to tell apart; use pare train");
  require_rate_to_fine_tune();
  prunable_layers(experiment_.network(), plan_.prune);  // complains about unknown names before any work
  lock_.emplace(directory_.replicate(replicate));
}

// At a rate of almost nothing, networks stay as pruning left them.
void LotteryReplicate::require_rate_to_fine_tune() const {
  const bool fine_tunes = plan_.method == TicketMethod::FineTune || !plan_.branches.fine_tune.empty();
  if (!fine_tunes || plan_.levels == 0) return;
  const Recipe recipe =
      recipe_of(TicketMethod::FineTune, Role::Main, plan_, *experiment_.config().schedule, dense_);
  constexpr double kAlmostNothing = 1e-3;
  require(recipe.fixed_factor.value_or(1) >= kAlmostNothing, Failure::Usage,
          "lottery.fine_tune_rate: fine-tuning would go on at ", *recipe.fixed_factor,
          " times the learning rate, where the schedule ends, and mend nothing; give the factor yourself, "
          "such as 0.1");
}

LevelDirectory LotteryReplicate::directory_of(int level, TicketMethod method, Role role) const {
  return role == Role::Main ? directory_.main(replicate_, level)
                            : directory_.branch(replicate_, level, method);
}

Recipe LotteryReplicate::recipe_at(int level, TicketMethod method, Role role) const {
  Recipe recipe;
  recipe.total = dense_.total;
  return level > 0 ? recipe_of(method, role, plan_, *experiment_.config().schedule, dense_) : recipe;
}

// Of the levels that are not finished; what is begun counts as a whole.
int64_t LotteryReplicate::steps_to_do(const std::vector<int>& levels) const {
  int64_t steps = 0;
  const auto count = [&](int level, TicketMethod method, Role role) {
    const Recipe recipe = recipe_at(level, method, role);
    if (!directory_of(level, method, role).finished()) steps += recipe.total - recipe.first;
  };
  for (const int level : levels) {
    count(level, plan_.method, Role::Main);
    for (const TicketMethod method : plan_.branches.at(level)) count(level, method, Role::Branch);
  }
  return steps;
}

Outcome LotteryReplicate::run(const std::vector<int>& levels, const std::function<bool()>& stop) {
  steps_ = steps_to_do(levels) * (count_ - number_ + 1);
  for (const int level : levels) {
    if (train(level, plan_.method, Role::Main, stop) == Outcome::Interrupted) return Outcome::Interrupted;
    for (const TicketMethod method : plan_.branches.at(level))
      if (train(level, method, Role::Branch, stop) == Outcome::Interrupted) return Outcome::Interrupted;
  }
  return Outcome::Finished;
}

Outcome LotteryReplicate::train(int level, TicketMethod method, Role role,
                                const std::function<bool()>& stop) {
  const LevelDirectory directory = directory_of(level, method, role);
  const Recipe recipe = recipe_at(level, method, role);
  if (directory.finished()) {
    const Json result = directory.read_result();
    const Json* const before = result.find("recipe");
    require(before != nullptr && *before == to_json(recipe), Failure::Usage, directory.path,
            " was trained with another recipe, ", before == nullptr ? "?" : dump_line(*before),
            " instead of ", dump_line(to_json(recipe)), "; move it away to train it anew");
    // Its process may have been killed before it came to this.
    std::filesystem::remove(directory.checkpoint());
    return Outcome::Finished;
  }
  prepare_network(level, recipe);
  LevelTask task;
  task.directory = directory;
  task.recipe = recipe;
  task.evaluate_every = std::max<int64_t>(1, plan_.evaluate_every.iterations(dense_.steps_per_epoch));
  if (level == 0) task.snapshot_at = plan_.rewinding_steps.iterations(dense_.steps_per_epoch);
  task.identity = Json::object({{"replicate", replicate_},
                                {"level", level},
                                {"role", role == Role::Main ? "main" : "branch"},
                                {"method", word_of(method)},
                                {"seed", experiment_.config().seed},
                                {"recipe", to_json(recipe)}});
  const std::string part = text("replicate ", number_, " of ", count_, ", level ", level, " of ",
                                plan_.levels, role == Role::Main ? "" : text(", ", word_of(method)));
  line_.say(text(part, ": ", with_thousands(recipe.total - recipe.first), " steps"));
  line_.part_of(part, steps_);
  LevelRun run(experiment_, std::move(task), line_);
  if (run.run(stop) == Outcome::Interrupted) {
    line_.warn("interrupted; everything is saved in " + directory.path + ", the same command carries on");
    return Outcome::Interrupted;
  }
  directory_.gather();
  return Outcome::Finished;
}

const LevelDirectory& LotteryReplicate::finished(const LevelDirectory& level) const {
  require(level.finished(), Failure::Usage, level.path,
          " is not finished, but the level asked for builds upon it; train it ",
          "first, with --levels from 0 on");
  return level;
}

std::vector<Tensor> LotteryReplicate::masks(int level, const Recipe& recipe) {
  using Mask = Recipe::Mask;
  const bool of_main = recipe.mask == Mask::Main || recipe.mask == Mask::MainShuffled;
  const int source = of_main ? level : recipe.mask == Mask::Dense ? 0 : level - 1;
  Network& network = experiment_.network();
  if (recipe.mask == Mask::First)
    take_first_values();
  else
    load_level(network, finished(directory_.main(replicate_, source)));
  std::vector<Prunable> layers = prunable_layers(network, plan_.prune);
  if (!of_main) {
    const int from = recipe.mask == Mask::First ? 0 : source;
    const std::vector<Tensor> pruned = pruned_masks(experiment_, plan_.prune, from, level);
    for (size_t i = 0; i < layers.size(); ++i) layers[i].mask = pruned[i];
  }
  if (recipe.mask == Mask::MainShuffled || recipe.mask == Mask::PreviousShuffled)
    return shuffled(layers, plan_.prune.structure, experiment_.config().seed, level);
  std::vector<Tensor> masks;
  masks.reserve(layers.size());
  for (const Prunable& layer : layers) masks.push_back(layer.mask);
  return masks;
}

// A network that was trained before, if the plan names one: first weights of all but those that are redrawn.
void LotteryReplicate::take_first_values() {
  if (!plan_.init_from.empty())
    line_.say(initialise(experiment_, plan_.init_from, TrainOptions{}.init_least));
}

void LotteryReplicate::prepare_network(int level, const Recipe& recipe) {
  const uint64_t seed = experiment_.config().seed;
  experiment_.build_network(seed);
  if (level == 0) return take_first_values();
  const std::vector<Tensor> level_masks = masks(level, recipe);
  experiment_.build_network(recipe.weights == Recipe::Weights::Redrawn ? redrawn_seed(seed, level) : seed);
  Network& network = experiment_.network();
  if (recipe.weights == Recipe::Weights::Trained)
    load_level(network, finished(directory_.main(replicate_, level - 1)));
  else if (recipe.weights == Recipe::Weights::Rewound && recipe.first == 0)
    take_first_values();
  else if (recipe.weights == Recipe::Weights::Rewound)
    restore(network, load_checkpoint(finished(directory_.main(replicate_, 0)).rewind()));
  const std::vector<MaskedLayer> layers = masked_layers(network);
  for (size_t i = 0; i < layers.size(); ++i) layers[i].weight->set_mask(level_masks[i]);
}

}  // namespace pare
