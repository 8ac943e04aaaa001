#include "train/lottery/connectivity.h"

#include <algorithm>

#include "framework/files/formats/safetensors.h"
#include "layers/channelwise/batch_norm.h"

namespace pare {
namespace {

constexpr int kStatisticsBatches = 100;  // whose mean a network's running statistics become

const Tensor& tensor_of(const SafetensorsFile& file, const Parameter& p, const LevelDirectory& level) {
  const Tensor* const tensor = file.find(p.name);
  require(tensor != nullptr && tensor->shape() == p.value.shape(), Failure::Data, level.weights(), ": no ",
          p.name, " of shape ", p.value.shape(), "; the config is not that of this level");
  return *tensor;
}

bool has_batch_norm(const Network& network) {
  return std::any_of(network.nodes().begin(), network.nodes().end(),
                     [](const Network::Node& node) { return as_batch_norm(*node.layer) != nullptr; });
}

void estimate_statistics(Experiment& experiment) {
  const RunConfig& config = experiment.config();
  const Batches batches = experiment.training_batches();
  for (int step = 0; step < kStatisticsBatches; ++step) {
    Tape tape(Recording::Off);
    Pass pass{tape, Mode::Train, config.precision, config.seed, static_cast<uint64_t>(step), step + 1};
    experiment.network().forward(batches.get(step / batches.per_epoch(), step % batches.per_epoch()).inputs,
                                 pass);
  }
}

double error(const PathPoint& point) { return 1 - point.test.metric(); }
double loss(const PathPoint& point) { return point.test.loss; }

double barrier(const std::vector<PathPoint>& points, double (*height)(const PathPoint&)) {
  const double ends = (height(points.front()) + height(points.back())) / 2;
  double highest = height(points.front());
  for (const PathPoint& point : points) highest = std::max(highest, height(point));
  return highest - ends;
}

}  // namespace

Json Connectivity::to_json() const {
  Json path = Json::array();
  for (const PathPoint& point : points)
    path.push(
        Json::object({{"alpha", point.alpha}, {"test_error", error(point)}, {"test_loss", loss(point)}}));
  return Json::object(
      {{"error_barrier", error_barrier}, {"loss_barrier", loss_barrier}, {"points", std::move(path)}});
}

Connectivity connect(Experiment& experiment, const LevelDirectory& from, const LevelDirectory& to,
                     int points) {
  check(points >= 2, "connectivity: a path has two ends");
  const Context::Scope scope(experiment.context());
  for (const LevelDirectory* level : {&from, &to}) level->require_finished();
  const SafetensorsFile a = read_safetensors(from.weights()), b = read_safetensors(to.weights());
  experiment.build_network(experiment.config().seed);  // its masks are ones
  Network& network = experiment.network();
  const Batches test = experiment.test_batches(experiment.config().precision);
  const bool statistics = has_batch_norm(network);
  Connectivity found;
  for (int i = 0; i < points; ++i) {
    const double alpha = static_cast<double>(i) / (points - 1);
    network.visit([&](Parameter& p) {
      if (p.name.ends_with(".mask")) return;
      const auto at_a = tensor_of(a, p, from).floats(), at_b = tensor_of(b, p, to).floats();
      Tensor between(p.value.shape());
      for (size_t k = 0; k < at_a.size(); ++k)
        between.data<float>()[k] = static_cast<float>((1 - alpha) * at_a[k] + alpha * at_b[k]);
      p.value = std::move(between);
    });
    if (statistics) estimate_statistics(experiment);
    found.points.push_back(
        {alpha, evaluate(network, experiment.task(), test, experiment.config().precision)});
  }
  found.error_barrier = barrier(found.points, error);
  found.loss_barrier = barrier(found.points, loss);
  return found;
}

}  // namespace pare
