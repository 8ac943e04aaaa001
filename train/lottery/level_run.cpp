#include "train/lottery/level_run.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "compress/removal.h"
#include "framework/config/config.h"
#include "framework/files/file.h"
#include "optim/schedules.h"
#include "train/metrics/json_lines.h"

namespace pare {
namespace {

// JSON has no NaN and no infinity; both are null there.
double number(const Json& line, const char* key, const std::string& path) {
  const Json* const value = line.is_object() ? line.find(key) : nullptr;
  if (value != nullptr && value->is_null()) return std::numeric_limits<double>::quiet_NaN();
  require(value != nullptr && value->is_number(), Failure::Data, path, ": a line has no number ", key);
  return value->number();
}

}  // namespace

RunEnds read_run_ends(const std::string& path) {
  RunEnds ends;
  double lowest = std::numeric_limits<double>::infinity();
  for (Json& line : read_json_lines(path)) {
    const double loss = number(line, "validation_loss", path);
    if (loss < lowest) ends.early_stop = line;
    lowest = std::min(lowest, loss);
    ends.end = std::move(line);
  }
  return ends;
}

LevelRun::LevelRun(Experiment& experiment, LevelTask task, ProgressLine& line)
    : experiment_(experiment),
      task_(std::move(task)),
      line_(line),
      saved_([&]() -> SavedRun {
        make_directory(task_.directory.path);
        return {experiment, task_.directory.checkpoint(), task_.directory.metrics()};
      }()),
      validation_(experiment.validation_batches(experiment.config().precision)),
      test_(experiment.test_batches(experiment.config().precision)),
      lowest_loss_(std::numeric_limits<double>::infinity()) {
  TrainingState& state = saved_.progress().state;
  state.step = task_.recipe.first;
  if (std::filesystem::exists(task_.directory.checkpoint())) {
    saved_.resume(experiment_.network(), "carry on with the same config");
    line_.say("resuming " + task_.directory.path + " at step " + std::to_string(state.step));
  } else {
    saved_.metrics().truncate(0);
  }
  const RunEnds so_far = read_run_ends(task_.directory.metrics());
  if (so_far.early_stop.is_object())
    lowest_loss_ = number(so_far.early_stop, "validation_loss", task_.directory.metrics());
}

Outcome LevelRun::run(const std::function<bool()>& stop) {
  const Context::Scope scope(experiment_.context());
  const Batches batches = experiment_.training_batches();
  Trainer trainer = experiment_.trainer();
  const FixedFactor fixed(task_.recipe.fixed_factor.value_or(1));
  const ScheduleConfig* schedule = &experiment_.schedule();
  if (task_.recipe.fixed_factor) schedule = &fixed;
  if (task_.recipe.fresh_optimiser()) trainer.set_first_step(task_.recipe.first);
  trainer.add(*this);
  if (trainer.run(batches, *schedule, saved_.progress().state, task_.recipe.total, stop) ==
      Outcome::Interrupted) {
    saved_.save(experiment_.network());
    return Outcome::Interrupted;
  }
  finish();
  return Outcome::Finished;
}

void LevelRun::after_step(const Position& position, const TrainingState& state, const StepCosts&) {
  if (position.step % task_.evaluate_every == 0 || position.step == position.total) evaluate_now(position);
  line_.step(position, state, experiment_.task());
}

// The test images are looked at where the answer may be asked for: at each new minimum, and at the end.
void LevelRun::evaluate_now(const Position& position) {
  const DType precision = experiment_.config().precision;
  const Score validation =
      evaluate(experiment_.network(), experiment_.task(), validation_, precision, line_.watch("validating"));
  Json line = Json::object({{"iteration", position.step},
                            {"validation_loss", validation.loss},
                            {"validation_accuracy", validation.metric()}});
  if (validation.loss < lowest_loss_ || position.step == position.total) {
    const Score test =
        evaluate(experiment_.network(), experiment_.task(), test_, precision, line_.watch("testing"));
    line.set("test_loss", test.loss);
    line.set("test_accuracy", test.metric());
    lowest_loss_ = std::min(lowest_loss_, validation.loss);
  }
  saved_.metrics().append(dump_line(line));
}

void LevelRun::settled(const Position& position, const TrainingState& state) {
  if (position.step == task_.snapshot_at)
    save_checkpoint(task_.directory.rewind(), saved_.resolved_config(), experiment_.network(),
                    {state, {}, 0, 0, {}, {}, experiment_.spec()});
  if (saved_.is_due(position)) saved_.save(experiment_.network());
}

void LevelRun::save_weights_and_mask() {
  SafetensorsFile weights, masks;
  experiment_.network().visit([&](Parameter& p) { weights.tensors.push_back({p.name, p.value}); });
  for (const MaskedLayer& layer : masked_layers(experiment_.network())) {
    std::erase_if(weights.tensors,
                  [&](const NamedTensor& t) { return t.name == layer.name + ".weight.mask"; });
    masks.tensors.push_back({layer.name, layer.weight->mask().to(DType::BF16)});
  }
  write_safetensors(task_.directory.weights(), weights);
  write_safetensors(task_.directory.mask(), masks);
}

// Writes model.pare without the units that nothing reaches or reads, and tells what that file is like.
Json LevelRun::packed_model() {
  Network& network = experiment_.network();
  remove_dead_channels(network, Dead::AsItIs);
  const auto [score, bytes] = experiment_.write_model(task_.directory.model(), line_.watch("testing"));
  Json channels = Json::array();
  for (const Network::Node& node : network.nodes())
    if (node.layer->weight() != nullptr) channels.push(node.channels.size());
  int64_t left = 0;
  for (const MaskedLayer& layer : masked_layers(network)) left += layer.weight->left();
  return Json::object({{"model_bytes", bytes},
                       {"model_weights", left},
                       {"model_multiply_adds", network.multiply_adds()},
                       {"dense_bytes", 4 * experiment_.original_parameters()},
                       {"model_test_accuracy", score.metric()},
                       {"channels", std::move(channels)}});
}

void LevelRun::finish() {
  experiment_.require_finite();
  const RunEnds ends = read_run_ends(task_.directory.metrics());
  require(ends.early_stop.is_object(), Failure::Diverged, task_.directory.metrics(),
          ": no validation loss is finite; try a smaller learning rate");
  save_weights_and_mask();
  Json result = task_.identity;
  const auto set = [&](const char* name, const Json& line, const char* key) {
    if (const Json* value = line.find(key)) result.set(name, *value);
  };
  int64_t total = 0, left = 0, empty = 0;
  Json layers = Json::array();
  for (const MaskedLayer& layer : masked_layers(experiment_.network())) {
    const int64_t weights = layer.weight->mask().size(), kept = layer.weight->left();
    total += weights;
    left += kept;
    if (kept == 0) ++empty;
    layers.push(Json::object({{"name", layer.name}, {"weights", weights}, {"left", kept}}));
  }
  result.set("weights", total);
  result.set("weights_left", left);
  result.set("density", static_cast<double>(left) / static_cast<double>(total));
  set("early_stop", ends.early_stop, "iteration");
  set("validation_loss", ends.early_stop, "validation_loss");
  set("validation_accuracy", ends.early_stop, "validation_accuracy");
  set("test_accuracy", ends.early_stop, "test_accuracy");
  set("end", ends.end, "iteration");
  set("end_validation_loss", ends.end, "validation_loss");
  set("end_test_accuracy", ends.end, "test_accuracy");
  const int64_t operations = experiment_.network().multiply_adds();
  const Json model = packed_model();
  for (const auto& [key, value] : model.members()) result.set(key, value);
  result.set("layers", std::move(layers));
  const Costs costs = saved_.costs();
  write_file_atomically(
      task_.directory.timing(),
      dump(Json::object({{"wall_seconds", costs.wall_seconds}, {"cpu_seconds", costs.cpu_seconds}})) + "\n");
  write_file_atomically(task_.directory.result(), dump(result) + "\n");
  std::filesystem::remove(task_.directory.checkpoint());
  const auto percent = [](double share) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.2f %%", 100 * share);
    return std::string(digits);
  };
  const auto share = [&](const char* key, int64_t all) {
    return percent(result.find(key)->number() / static_cast<double>(all));
  };
  line_.say(text(task_.directory.path, ": ", share("weights_left", total), " of the weights (in the file ",
                 share("model_weights", total), ", ", share("model_multiply_adds", operations),
                 " of the multiply-adds), early stop at ",
                 with_thousands(result.find("early_stop")->integer()), ", test accuracy ",
                 percent(result.find("test_accuracy")->number()), " there and ",
                 percent(result.find("end_test_accuracy")->number()), " at the end, ",
                 with_thousands(result.find("model_bytes")->integer()), " bytes, ",
                 as_duration(costs.wall_seconds), empty > 0 ? "; a layer has no weights left" : ""));
}

}  // namespace pare
