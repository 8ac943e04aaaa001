// pare bench CONFIG
#include <algorithm>
#include <cmath>
#include <memory>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "train/run/first_values.h"
#include "train/trial.h"

namespace pare {
namespace {

constexpr double kRound = 0.1;  // seconds a config is measured before the other takes its turn
constexpr int kSyntheticBatches = 50;

struct Options {
  std::string config, other, init_from, data_directory;
  std::vector<std::string> overrides;
  double seconds = 5;
  int threads = 0;
  bool json = false, synthetic = false;
};

// No step reads validation images, so random ones are none.
Dataset images_for(DataConfig& config, const Options& options) {
  require(!config.source || !options.synthetic, Failure::Usage,
          "--synthetic: the shape of a source is in its files; leave it out");
  if (config.source) return load_data(config, options.data_directory);
  if (!options.synthetic) {
    try {
      return load_dataset(config.name, options.data_directory);
    } catch (const Error& error) {
      if (error.failure() != Failure::Data || !options.data_directory.empty()) throw;
      std::fprintf(stderr, "pare: %s; measuring on random images instead\n", error.what());
    }
  }
  config.validation = 0;
  return synthetic_dataset(config.name, kSyntheticBatches * config.batch);
}

std::unique_ptr<Experiment> open(const std::string& path, const Options& options) {
  RunConfig config = load_run_config(path, options.overrides);
  if (options.threads > 0) config.threads = options.threads;
  Dataset images = images_for(config.data, options);
  return std::make_unique<Experiment>(std::move(config), std::move(images));
}

const char* precision_of(const Trial& trial) { return name(trial.experiment().config().precision); }

Json to_json(const Spread& spread, double unit) {
  return Json::object(
      {{"median", spread.median / unit}, {"p10", spread.p10 / unit}, {"p90", spread.p90 / unit}});
}

// Milliseconds a step, the dearest operation first.
Json operations_of(const Trial& trial) {
  std::vector<Profile::Row> rows = trial.profile().rows();
  std::sort(rows.begin(), rows.end(), [](const Profile::Row& a, const Profile::Row& b) {
    return a.forward_seconds + a.backward_seconds > b.forward_seconds + b.backward_seconds;
  });
  const double per_step = 1e3 / static_cast<double>(trial.steps());
  Json operations = Json::array();
  for (const Profile::Row& row : rows)
    operations.push(Json::object(
        {{"operation", row.operation},
         {"forward_ms", per_step * row.forward_seconds},
         {"backward_ms", per_step * row.backward_seconds},
         {"share", (row.forward_seconds + row.backward_seconds) / trial.profile().total_seconds()}}));
  return operations;
}

Json to_json(const Trial& trial, double machine) {
  const RunConfig& config = trial.experiment().config();
  Json json = Json::object({{"name", config.name},
                            {"images_per_second", trial.images_per_second()},
                            {"step_ms", to_json(trial.step_seconds(), 1e-3)},
                            {"step_flops", trial.step_flops()},
                            {"gflops", trial.flops_per_second() / 1e9},
                            {"machine_gflops", machine / 1e9},
                            {"machine_share", trial.flops_per_second() / machine},
                            {"batch", config.data.batch},
                            {"threads", config.threads},
                            {"precision", precision_of(trial)},
                            {"steps", trial.steps()},
                            {"wall_seconds", trial.wall_seconds()},
                            {"cpu_seconds", trial.cpu_seconds()}});
  if (trial.energy_joules()) json.set("energy_joules", *trial.energy_joules());
  json.set("operations", operations_of(trial));
  return json;
}

void print(const Trial& trial, double machine) {
  const RunConfig& config = trial.experiment().config();
  const Spread step = trial.step_seconds();
  std::printf("%s: batch %d, %s, %d thread%s, %lld steps\n", config.name.c_str(), config.data.batch,
              precision_of(trial), config.threads, config.threads == 1 ? "" : "s",
              static_cast<long long>(trial.steps()));
  std::printf("  %.0f images/s   step %.3f ms (p10 %.3f, p90 %.3f)\n", trial.images_per_second(),
              1e3 * step.median, 1e3 * step.p10, 1e3 * step.p90);
  std::printf("  %.1f GFLOP/s, %.0f %% of the %.1f this machine reaches in a large matrix product\n",
              trial.flops_per_second() / 1e9, 100 * trial.flops_per_second() / machine, machine / 1e9);
  std::printf("  %.2f s of CPU in %.2f s", trial.cpu_seconds(), trial.wall_seconds());
  if (trial.energy_joules())
    std::printf("   %.3f mJ an image",
                1e3 * *trial.energy_joules() / static_cast<double>(trial.steps() * config.data.batch));
  std::printf("\n  %-16s %12s %12s %8s\n", "operation", "forward", "backward", "share");
  const Json operations = operations_of(trial);
  for (const Json& row : operations.items())
    if (const double share = row.find("share")->number(); share >= 0.001)
      std::printf("  %-16s %9.4f ms %9.4f ms %6.1f %%\n", row.find("operation")->string().c_str(),
                  row.find("forward_ms")->number(), row.find("backward_ms")->number(), 100 * share);
}

// How many times as many images a second the first does, round by round.
Spread ratio_of(const Trial& first, const Trial& second) {
  std::vector<double> ratios;
  for (size_t i = 0; i < first.rounds().size(); ++i) ratios.push_back(second.rounds()[i] / first.rounds()[i]);
  return spread_of(ratios);
}

int bench(const Options& options) {
  require(!std::isnan(options.seconds), Failure::Usage, "--seconds: expected a number, got nan");
  std::vector<std::unique_ptr<Experiment>> experiments;
  experiments.push_back(open(options.config, options));
  if (!options.init_from.empty()) {
    initialise_from(experiments[0]->network(), options.init_from);
    experiments[0]->config().name += " from " + options.init_from;
  }
  if (!options.other.empty()) experiments.push_back(open(options.other, options));
  std::vector<std::unique_ptr<Trial>> trials;
  trials.reserve(experiments.size());
  for (const auto& experiment : experiments) trials.push_back(std::make_unique<Trial>(*experiment));
  for (const auto& trial : trials) {  // warm-up: the first steps compile kernels and fill the pool of buffers
    for (int step = 0; step < 3; ++step) trial->round(kRound);
    trial->forget();
  }
  const double start = wall_clock();
  do {
    for (const auto& trial : trials) trial->round(kRound);
  } while (wall_clock() - start < options.seconds * static_cast<double>(trials.size()));

  std::vector<double> machine;
  for (const auto& trial : trials) {
    const Context::Scope scope(trial->experiment().context());
    machine.push_back(probe_flops_per_second(trial->experiment().config().precision));
  }
  if (options.json) {
    Json json = to_json(*trials[0], machine[0]);
    json.set("peak_memory_bytes", peak_memory_bytes());
    if (trials.size() > 1) {
      json.set("compare", to_json(*trials[1], machine[1]));
      json.set("ratio", to_json(ratio_of(*trials[0], *trials[1]), 1));
    }
    std::printf("%s\n", dump(json).c_str());
    return 0;
  }
  for (size_t i = 0; i < trials.size(); ++i) print(*trials[i], machine[i]);
  if (trials.size() > 1) {
    const Spread ratio = ratio_of(*trials[0], *trials[1]);
    std::printf("%s does %.3f times the images/s of %s (p10 %.3f, p90 %.3f, %zu rounds)\n",
                experiments[0]->config().name.c_str(), ratio.median, experiments[1]->config().name.c_str(),
                ratio.p10, ratio.p90, trials[0]->rounds().size());
  }
  std::printf("peak memory %.1f MB\n", static_cast<double>(peak_memory_bytes()) / 1e6);
  return 0;
}

}  // namespace

Command add_bench(Program& program) {
  const auto options = std::make_shared<Options>();
  CommandLine line = program.command(
      "bench", "What training steps of a config cost, and where the time goes",
      "  pare bench configs/bench/lenet5.json\n"
      "  pare bench configs/bench/lenet5.json --compare configs/bench/lenet5_selfcompress.json --seconds 20\n"
      "  pare bench configs/quickstart.json --init-from runs/quickstart/checkpoint.safetensors "
      "--compare configs/quickstart.json");
  line.argument("CONFIG", options->config, "the config whose steps are measured");
  line.text("--compare", options->other, "a second config, measured in turns with the first");
  line.path("--init-from", options->init_from,
            "first values of CONFIG's parameters, and the channels that are left, from a checkpoint or a "
            "model.pare");
  line.overrides(options->overrides, "change one value (of both): --set precision=bf16 --set data.batch=64");
  line.number("--seconds", options->seconds, 0, 1e6, "how long each config is measured (5)");
  line.threads(options->threads, "the config's");
  line.data_directory(options->data_directory);
  line.flag("--synthetic", options->synthetic, "random images instead of the data set");
  line.flag("--json", options->json, "for scripts");
  return [options] { return bench(*options); };
}

}  // namespace pare
