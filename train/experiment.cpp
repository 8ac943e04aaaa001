#include "train/experiment.h"

#include <algorithm>
#include <cmath>

#include "framework/config/suggest.h"
#include "framework/files/file.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "framework/kernels/elementwise/precision.h"
#include "layers/channelwise/batch_norm.h"
#include "optim/parameter_groups.h"
#include "optim/rules/adam.h"
#include "train/task/target_scale.h"

namespace pare {
namespace {

// Pictures are decoded on the config's threads.
Dataset load_in_context(const RunConfig& config, const std::string& data_directory) {
  const Context context({.threads = config.threads});
  const Context::Scope scope(context);
  return load_data(config.data, data_directory);
}

}  // namespace

Experiment::Experiment(RunConfig config, const std::string& data_directory, Guard guard)
    : Experiment(std::move(config), load_in_context(config, data_directory), std::move(guard)) {
}  // nothing has moved yet

Experiment::Experiment(RunConfig&& config, Dataset data, Guard guard)
    : config_(std::move(config)),
      context_({.threads = config_.threads, .winograd = config_.winograd}),
      guard_(std::move(guard)),
      data_(std::move(data)) {
  config_.threads = context_.threads();
  const Context::Scope scope(context_);
  require(config_.precision == DType::F32 || bf16_is_supported(), Failure::Usage,
          "precision: oneDNN computes in bf16 only on CPUs with AVX-512, which this one does not have; use "
          "f32, or auto, which takes it where it is (--set precision=auto)");
  config_.loss->prepare(data_);
  const Source& examples = *data_.train;
  const auto channels = static_cast<size_t>(examples.input().channels);
  const int wanted = data_.validation ? 0 : config_.data.validation;
  split_ = split(examples, wanted, config_.seed);
  const auto set_aside = static_cast<int>(split_.validation.size());
  if (set_aside != wanted)
    data_.notes.push_back(
        text("validation: ", set_aside, " examples, which are whole groups (data.validation: ", wanted, ")"));
  split_.train = config_.data.choice.among(examples, data_.spec, split_.train);
  config_.data.validation = data_.validation ? data_.validation->count() : set_aside;
  const Variant<Preprocessing>& preprocessing = data_.spec.preprocessing;
  const bool measures = config_.data.normalise && !(preprocessing && preprocessing->is_normalised());
  data_.spec.normalisation =
      measures ? measure(examples, split_.train)
               : Normalisation{std::vector<float>(channels, 0.0f), std::vector<float>(channels, 1.0f)};
  task_ = config_.loss->make(data_, config_.label_smoothing);
  method_ = config_.compress->make();
  build_network(config_.seed);
  if (config_.teacher && !config_.teacher->is_own())
    teacher_ = std::make_unique<Teacher>(*config_.teacher, spec(), *task_, config_.precision);
  if (config_.early_stop.used()) require_usable_early_stop();
}

// What metrics there are, an evaluation says, however short; whether one can be measured, perhaps only that
// of all.
void Experiment::require_usable_early_stop() {
  require(!split_.validation.empty(), Failure::Usage,
          "early_stop: goes by validation examples, and data.validation sets none aside");
  const Batches one = Batches::in_order(*data_.train, {split_.validation.front()}, spec().normalisation, 1);
  const std::string& wanted = config_.early_stop.metric;
  const auto metrics_on = [&](const Batches& batches) {
    const Score score = evaluate(*network_, *task_, batches, DType::F32);
    std::vector<Metric> all = metrics_of(*task_, score);
    all.insert(all.begin(), {"loss", score.loss});
    return all;
  };
  const auto named = [&](const std::vector<Metric>& all) {
    return std::ranges::find(all, wanted, &Metric::name);
  };
  const std::vector<Metric> some = metrics_on(one);
  std::vector<std::string> names;
  for (const Metric& metric : some) names.push_back(metric.name);
  require(named(some) != some.end(), Failure::Usage, "early_stop.metric: there is no ", wanted, " of ",
          spec().data, "; there are ", comma_list(names));
  if (std::isfinite(named(some)->value)) return;
  const std::vector<Metric> all = metrics_on(validation_batches(DType::F32));
  require(std::isfinite(named(all)->value), Failure::Usage, "early_stop.metric: ", wanted,
          " cannot be measured on the validation examples of ", spec().data,
          spec().gives == Outputs::Inputs ? ", which are all usual; go by reconstruction_error"
                                          : ", which are too few or all alike");
}

void Experiment::build_network(uint64_t seed) {
  WeightMaker maker = method_->weights(config_.initialiser);
  if (guard_) maker = guard_(std::move(maker));
  network_ = std::make_unique<Network>(config_.graph(data_.train->input()), maker, seed);
  task_->require_fits(data_.spec, *network_);
  for (const Network::Node& node : network_->nodes()) {
    const Extent extent = node.layer->output();
    require(
        config_.data.batch > 1 || as_batch_norm(*node.layer) == nullptr || extent.height * extent.width > 1,
        Failure::Usage, "data.batch: 1 image, over which layer ", node.name,
        " would normalise each number by itself and give nothing but its shift; use 2 or more");
  }
  std::vector<Parameter*> parameters;
  network_->visit([&](Parameter& p) { parameters.push_back(&p); });
  apply_groups(config_.optimizer->rules, parameters);
  original_weights_ = network_->weight_count();
  original_parameters_ = network_->parameter_count();
  original_flops_ = network_->training_flops();
  method_->start(*network_);
  training_batches();  // refuses a batch or a shift that does not fit, before a run directory is made
}

Batches Experiment::training_batches() const {
  const DataConfig& data = config_.data;
  const uint64_t seed = data.order_seed == 0 ? config_.seed : data.order_seed;
  return {*data_.train, split_.train, spec().normalisation, data.batch,   data.last_batch,
          data.augment, seed,         config_.precision,    data.sampling};
}

Batches Experiment::validation_batches(DType precision) const {
  if (data_.validation)
    return Batches::in_order(*data_.validation, all_indices(data_.validation->count()), spec().normalisation,
                             kEvaluationBatch, precision);
  return Batches::in_order(*data_.train, split_.validation, spec().normalisation, kEvaluationBatch,
                           precision);
}

Batches Experiment::test_batches(DType precision) const {
  return Batches::in_order(*data_.test, all_indices(data_.test->count()), spec().normalisation,
                           kEvaluationBatch, precision);
}

Optimizers Experiment::optimizers() const {
  Optimizers optimizers(config_.optimizer->rules.clip_norm);
  method_->add_optimizers(optimizers);
  optimizers.add({ParameterTag::Weight, ParameterTag::Bias, ParameterTag::Normalisation, ParameterTag::Gate},
                 config_.optimizer->make());
  AdamConfig of_steps;
  of_steps.lr = config_.activations.value_or(ActivationsConfig{}).lr;
  optimizers.add({ParameterTag::ActivationStep}, of_steps.make());
  return optimizers;
}

Trainer Experiment::trainer() {
  Trainer trainer(*network_, *task_, *method_, optimizers(), config_.precision, config_.seed);
  if (teacher_) trainer.set_teacher(*teacher_);
  require(teacher_ || !config_.teacher, Failure::Usage,
          "teacher.model: own is a network that only `pare train` and `pare sweep` train first; name a file");
  trainer.measure_size([this] { return std::ssize(snapshot().bytes); });
  return trainer;
}

int64_t Experiment::total_steps() const {
  return std::max<int64_t>(1, config_.epochs.iterations(training_batches().per_epoch()));
}

void Experiment::require_finite() {
  network_->visit([](const Parameter& p) {
    if (const int64_t at = first_not_finite(p.value); at >= 0)
      fail(Failure::Diverged, "training diverged: ", p.name, "[", at, "] is ", p.value.data<float>()[at],
           "; try a smaller learning rate");
  });
}

void Experiment::finish(Network& network) {
  method_->finish(network);
  if (const TargetScale* const scale = task_->target_scale()) to_units_of_data(network, *scale);
}

Experiment::Written Experiment::write_model(const std::string& path, const Watcher& watcher) {
  const Context::Scope scope(context_);
  write_file_atomically(path, packed());
  return score_of_file(path, watcher);
}

Experiment::Written Experiment::score_of_file(const std::string& path, const Watcher& watcher) const {
  const Context::Scope scope(context_);
  const PackedModel model = read_model(path);
  return {pare::evaluate(*model.network, task_->of_files(), test_batches(DType::F32), DType::F32, watcher),
          static_cast<int64_t>(file_size(path))};
}

Experiment::Snapshot Experiment::snapshot() {
  const Context::Scope scope(context_);
  require_finite();
  Snapshot snapshot{network_->copy(method_->weights(Initialiser::Zeros)), {}};
  finish(*snapshot.network);
  snapshot.bytes = pack_model(spec(), *snapshot.network);
  return snapshot;
}

}  // namespace pare
