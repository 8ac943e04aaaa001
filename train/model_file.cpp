#include "train/model_file.h"

#include "compress/packed/bounded_weights.h"
#include "framework/config/config.h"
#include "framework/files/file.h"
#include "framework/kernels/elementwise/precision.h"
#include "train/experiment.h"

namespace pare {
namespace {

RunConfig config_of(const Checkpoint& checkpoint) {
  auto config = read_config<RunConfig>(checkpoint.config, checkpoint.path + " (config)", Failure::Data);
  config.threads = 0;                                       // those of here, whatever it was trained with
  if (!bf16_is_supported()) config.precision = DType::F32;  // weights are f32 anyway
  return config;
}

// A hostile file asks for no more memory than it can justify.
WeightMaker bounded(const Checkpoint& checkpoint, WeightMaker make) {
  return bounded_weights(std::move(make), checkpoint.path, file_size(checkpoint.path));
}

}  // namespace

std::unique_ptr<Network> network_of(const Checkpoint& checkpoint) {
  require(checkpoint.progress.spec.has_value(), Failure::Data, checkpoint.path,
          ": is of version 0.1.0 and does not say what it was trained on");
  const Spec& spec = *checkpoint.progress.spec;
  const RunConfig config = config_of(checkpoint);
  auto network = std::make_unique<Network>(
      config.graph(spec.input), bounded(checkpoint, config.compress->make()->weights(config.initialiser)),
      config.seed);
  task_of(spec)->require_fits(spec, *network);
  restore(*network, checkpoint);
  return network;
}

ModelFile open_model(const std::string& path, const std::string& data_directory) {
  const uint64_t bytes = file_size(path);
  if (is_model_file(path)) {
    PackedModel model = read_model(path);
    return {std::move(model.spec),
            DType::F32,
            std::move(model.network),
            std::move(model.original_channels),
            std::move(model.weight_bytes),
            static_cast<int64_t>(bytes),
            true};
  }
  require(path.ends_with(".safetensors"), Failure::Data, path,
          ": neither a packed model (it does not begin with \"PARE\") nor a checkpoint (NAME.safetensors)");
  const Checkpoint checkpoint = load_checkpoint(path);
  RunConfig config = config_of(checkpoint);
  ModelFile model;
  model.precision = config.precision;
  model.winograd = config.winograd;
  if (config.data.source) model.data = config.data;
  model.loss = config.loss;
  model.bytes = static_cast<int64_t>(bytes);
  if (checkpoint.progress.spec) {
    model.spec = *checkpoint.progress.spec;
    model.network = network_of(checkpoint);
  } else {
    const auto guard = [&](WeightMaker make) { return bounded(checkpoint, std::move(make)); };
    Experiment experiment(std::move(config), data_directory, guard);
    model.spec = experiment.spec();
    model.network = std::make_unique<Network>(std::move(experiment.network()));
    restore(*model.network, checkpoint);
  }
  if (const auto& targets = checkpoint.progress.targets) {
    require(model.spec.classes.empty() && std::ssize(targets->mean) == model.spec.outputs(), Failure::Data,
            path, ": its metadata has a scale of ", targets->mean.size(), " targets; the file is damaged");
    to_units_of_data(*model.network, *targets);
  }
  for (const Network::Node& node : model.network->nodes())
    if (node.layer->weight() != nullptr) model.original_channels.push_back(node.original_channels);
  return model;
}

}  // namespace pare
