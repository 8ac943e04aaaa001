#include "train/run/checkpoint.h"

#include <cmath>
#include <filesystem>
#include <limits>

#include "framework/config/config.h"
#include "framework/kernels/elementwise/elementwise.h"

namespace pare {
namespace {

constexpr const char* kFormat = "pare-checkpoint-1";
constexpr int64_t kUnknownLength = std::numeric_limits<int64_t>::max();  // longer than any file

std::string slot_name(const Parameter& p, size_t slot) { return p.name + ".slot." + std::to_string(slot); }

std::string importance_name(const Parameter& p) { return p.name + ".importance"; }

Json to_json(const Progress& p) {
  Json method = Json::array();
  for (const double number : p.method) method.push(number);
  Json json = Json::object({{"step", p.state.step},
                            {"loss_sum", p.state.loss_sum},
                            {"task_loss_sum", p.state.task_loss_sum},
                            {"metric_sum", p.state.metric_sum},
                            {"images", p.state.images},
                            {"wall_seconds", p.costs.wall_seconds},
                            {"cpu_seconds", p.costs.cpu_seconds},
                            {"epoch_seconds", p.costs.epoch_seconds},
                            {"train_flops", p.costs.train_flops},
                            {"train_flops_dense", p.costs.train_flops_dense},
                            {"metrics_bytes", p.metrics_bytes},
                            {"events_bytes", p.events_bytes},
                            {"method", std::move(method)}});
  if (p.images) json.set("training_images", *p.images);
  if (p.teacher) json.set("teacher", *p.teacher);
  return json;
}

// Reads members of a metadata object; anything missing or of the wrong type is the file's fault.
class Metadata {
 public:
  Metadata(const SafetensorsFile& file, const std::string& key, const std::string& path) : path_(path) {
    const auto found = file.metadata.find(key);
    require(found != file.metadata.end(), Failure::Data, path, ": not a checkpoint of pare (no ", key,
            " in its metadata)");
    json_ = parse_json(found->second, path + " (" + key + ")", Failure::Data);
  }
  const Json& json() const { return json_; }
  double number(const char* key) const { return member(key, &Json::is_number).number(); }
  // For what earlier versions did not write.
  double number_or(const char* key, double otherwise) const { return lacks(key) ? otherwise : number(key); }
  std::vector<double> numbers(const char* key) const {
    std::vector<double> numbers;
    for (const Json& item : member(key, &Json::is_array).items()) {
      require(item.is_number(), Failure::Data, path_, ": bad ", key, " in its metadata");
      numbers.push_back(item.number());
    }
    return numbers;
  }
  int64_t integer(const char* key) const { return member(key, &Json::is_integer).integer(); }
  int64_t integer_or(const char* key, int64_t otherwise) const {
    return lacks(key) ? otherwise : integer(key);
  }

 private:
  bool lacks(const char* key) const { return json_.is_object() && json_.find(key) == nullptr; }
  const Json& member(const char* key, bool (Json::*is)() const) const {
    const Json* found = json_.is_object() ? json_.find(key) : nullptr;
    require(found != nullptr && (found->*is)(), Failure::Data, path_, ": bad ", key, " in its metadata");
    return *found;
  }
  std::string path_;
  Json json_;
};

Json to_json(const TargetScale& scale) {
  Json mean = Json::array(), exponent = Json::array();
  for (const double number : scale.mean) mean.push(number);
  for (const int number : scale.exponent) exponent.push(number);
  return Json::object({{"mean", std::move(mean)}, {"exponent", std::move(exponent)}});
}

// The loss tells that a run has diverged, but a step late: this step's may have ruined the parameters
// already. What is saved would take the place of the last checkpoint from which one could go on.
void require_finite(const SafetensorsFile& file, int64_t step, const std::string& path) {
  const char* const kept = std::filesystem::exists(path) ? "; the checkpoint before is kept; " : "; ";
  for (const NamedTensor& named : file.tensors)
    if (const int64_t at = first_not_finite(named.tensor); at >= 0)
      fail(Failure::Diverged, "training diverged at step ", step, ": ", named.name, "[", at, "] is ",
           named.tensor.data<float>()[at], kept, "try a smaller learning rate");
}

}  // namespace

void save_checkpoint(const std::string& path, const Json& config, Network& network,
                     const Progress& progress) {
  SafetensorsFile file;
  network.visit([&](Parameter& p) {
    file.tensors.push_back({p.name, p.value});
    for (size_t slot = 0; slot < p.slots.size(); ++slot)
      file.tensors.push_back({slot_name(p, slot), p.slots[slot]});
    if (p.importance) file.tensors.push_back({importance_name(p), p.importance});
  });
  require_finite(file, progress.state.step, path);
  Json channels = Json::array();
  for (const Network::Node& node : network.nodes()) {
    Json ids = Json::array();
    for (const int id : node.channels) ids.push(id);
    channels.push(std::move(ids));
  }
  file.metadata = {{"format", kFormat},
                   {"config", dump_line(without(config, "threads"))},
                   {"channels", dump_line(channels)},
                   {"progress", dump_line(to_json(progress))}};
  if (std::optional<Spec> spec = progress.spec)
    file.metadata["spec"] = dump_line(without_usual(write_config(*spec)));
  if (progress.targets) file.metadata["targets"] = dump_line(to_json(*progress.targets));
  write_safetensors(path, file);
}

Checkpoint load_checkpoint(const std::string& path) {
  Checkpoint checkpoint{path, read_safetensors(path), {}, {}};
  const auto format = checkpoint.file.metadata.find("format");
  require(format != checkpoint.file.metadata.end() && format->second == kFormat, Failure::Data, path,
          ": not a checkpoint of pare (its metadata has no format ", kFormat, ")");
  checkpoint.config = Metadata(checkpoint.file, "config", path).json();
  const Metadata p(checkpoint.file, "progress", path);
  checkpoint.progress = {{p.integer("step"), p.number("loss_sum"), p.number("task_loss_sum"),
                          p.number_or("metric_sum", p.number_or("correct", 0)), p.integer("images")},
                         {p.number("wall_seconds"), p.number("cpu_seconds"), p.number_or("epoch_seconds", 0),
                          p.integer("train_flops"), p.integer("train_flops_dense")},
                         static_cast<uint64_t>(p.integer("metrics_bytes")),
                         static_cast<uint64_t>(p.integer_or("events_bytes", kUnknownLength)),
                         p.numbers("method"),
                         {}};
  if (checkpoint.file.metadata.count("spec") > 0) {
    const std::string where = path + " (spec)";
    const Json spec = Metadata(checkpoint.file, "spec", path).json();
    require_consistent(checkpoint.progress.spec.emplace(read_config<Spec>(spec, where, Failure::Data)),
                       where);
  }
  checkpoint.progress.targets = targets_in(checkpoint.file, path);
  if (const int64_t images = p.integer_or("training_images", -1); images >= 0)
    checkpoint.progress.images = static_cast<uint32_t>(images);
  if (const int64_t teacher = p.integer_or("teacher", -1); teacher >= 0)
    checkpoint.progress.teacher = static_cast<uint32_t>(teacher);
  return checkpoint;
}

std::optional<TargetScale> targets_in(const SafetensorsFile& file, const std::string& path) {
  if (file.metadata.count("targets") == 0) return std::nullopt;
  const Metadata metadata(file, "targets", path);
  TargetScale scale{metadata.numbers("mean"), {}};
  for (const double exponent : metadata.numbers("exponent")) {
    require(std::fabs(exponent) <= TargetScale::kMostExponent && exponent == std::nearbyint(exponent),
            Failure::Data, path, ": bad exponent in the targets of its metadata");
    scale.exponent.push_back(static_cast<int>(exponent));
  }
  for (const double mean : scale.mean)
    require(std::fabs(mean) <= std::numeric_limits<float>::max() && double{static_cast<float>(mean)} == mean,
            Failure::Data, path, ": bad mean in the targets of its metadata");
  require(scale.mean.size() == scale.exponent.size() && !scale.mean.empty(), Failure::Data, path,
          ": its metadata has ", scale.mean.size(), " means of targets and ", scale.exponent.size(),
          " exponents");
  return scale;
}

const Tensor& tensor_of(const SafetensorsFile& file, const std::string& name, const Shape& shape,
                        const std::string& path) {
  const Tensor* const tensor = file.find(name);
  if (const auto unreadable = file.unreadable.find(name); unreadable != file.unreadable.end())
    fail(Failure::Data, path, ": tensor ", name, ": ", unreadable->second);
  require(tensor != nullptr, Failure::Data, path, ": there is no tensor ", name);
  require(tensor->shape() == shape && tensor->dtype() == DType::F32, Failure::Data, path, ": tensor ", name,
          " is ", tensor->shape(), " ", pare::name(tensor->dtype()), ", the network expects ", shape, " f32");
  const int64_t at = first_not_finite(*tensor);
  require(at < 0, Failure::Data, path, ": ", name, "[", at, "] is no finite number; the file is damaged");
  return *tensor;
}

void keep_listed_channels(Network& network, const SafetensorsFile& file, const std::string& path) {
  const Metadata channels(file, "channels", path);
  const auto& nodes = network.nodes();
  require(channels.json().is_array() && channels.json().items().size() == nodes.size(), Failure::Data, path,
          ": its channels are not those of ", nodes.size(), " layers");
  std::vector<std::vector<int>> kept(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    const Json& ids = channels.json().items()[i];
    require(ids.is_array() && !ids.items().empty(), Failure::Data, path, ": bad channels of layer ",
            nodes[i].name);
    for (const Json& id : ids.items()) {
      require(id.is_integer() && id.integer() >= 0 && id.integer() < std::ssize(nodes[i].channels) &&
                  (kept[i].empty() || id.integer() > kept[i].back()),
              Failure::Data, path, ": bad channels of layer ", nodes[i].name);
      kept[i].push_back(static_cast<int>(id.integer()));
    }
  }
  try {
    network.keep(kept);
  } catch (const Error& error) {
    fail(Failure::Data, path, ": ", error.what());
  }
}

void restore(Network& network, const Checkpoint& checkpoint) {
  const std::string& path = checkpoint.path;
  keep_listed_channels(network, checkpoint.file, path);
  network.visit([&](Parameter& p) {
    p.value = tensor_of(checkpoint.file, p.name, p.value.shape(), path).clone();
    p.slots.clear();
    while (checkpoint.file.find(slot_name(p, p.slots.size())) != nullptr)
      p.slots.push_back(
          tensor_of(checkpoint.file, slot_name(p, p.slots.size()), p.value.shape(), path).clone());
    p.importance = {};
    if (checkpoint.file.find(importance_name(p)) != nullptr)
      p.importance = tensor_of(checkpoint.file, importance_name(p), Shape{p.value.shape()[0]}, path).clone();
  });
}

}  // namespace pare
