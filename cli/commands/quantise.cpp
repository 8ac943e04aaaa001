// pare quantise FILE
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/table.h"
#include "compress/quantisation/post_training.h"
#include "framework/base/rng.h"
#include "framework/data/split.h"
#include "framework/files/file.h"
#include "framework/parallel/context.h"
#include "train/metrics/progress.h"
#include "train/model_data.h"
#include "train/run/run_directory.h"
#include "train/task/evaluate.h"

namespace pare {
namespace {

struct Options {
  std::string file, out, config, data_directory;
  std::string fit = "auto", rounding = "nearest";
  int bits = 8, edge_bits = 8, activations = 8, inputs = 8;
  int calibrate = 1000, rounding_steps = 1000, seed = 1, threads = 0;
  bool keep_biases = false, json = false;
};

PostTraining wanted(const Options& options) {
  PostTraining wanted;
  wanted.bits = options.bits;
  wanted.first_bits = wanted.last_bits = options.edge_bits;
  wanted.activations.reset();
  if (options.activations > 0) wanted.activations = {.bits = options.activations, .images = options.inputs};
  if (options.fit == "least-squares") wanted.steps = StepFit::LeastSquares;
  if (options.fit == "largest") wanted.steps = StepFit::Largest;
  if (options.fit == "percentile") wanted.steps = StepFit::Percentile;
  wanted.rounding = options.rounding == "learnt" ? Rounding::Learnt : Rounding::Nearest;
  wanted.rounding_steps = options.rounding_steps;
  wanted.correct_biases = !options.keep_biases;
  wanted.seed = static_cast<uint64_t>(options.seed);
  return wanted;
}

// Training examples, drawn by the seed; their answers are not looked at.
Tensor calibration_inputs(const Source& examples, const ModelFile& model, const Options& options) {
  std::vector<int> indices = all_indices(examples.count());
  Rng rng(static_cast<uint64_t>(options.seed), "calibration");
  rng.shuffle(indices);
  indices.resize(std::min(indices.size(), static_cast<size_t>(options.calibrate)));
  const auto count = static_cast<int>(indices.size());
  return Batches::in_order(examples, std::move(indices), model.spec.normalisation, count).get(0).inputs;
}

// The file beside the model, unless another place is asked for.
std::string place_for(const Options& options) {
  const std::string out =
      options.out.empty() ? (std::filesystem::path(options.file).parent_path() / "quantised.pare").string()
                          : options.out;
  require_other_file(options.file, out);
  RunDirectory::require_none_of(out);
  return out;
}

struct Judged {
  Score score;
  int64_t bytes;
};

std::string percent(double share) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.2f %%", 100 * share);
  return digits;
}

void print(const std::vector<QuantisedLayer>& layers, const std::vector<int64_t>& bytes) {
  std::vector<std::vector<std::string>> lines{{"layer", "bits", "weights off by", "outputs off by", "bytes"}};
  for (size_t i = 0; i < layers.size(); ++i)
    lines.push_back({layers[i].name, std::to_string(layers[i].bits), percent(layers[i].weight_error),
                     percent(layers[i].output_error), with_thousands(bytes[i])});
  print_table(lines, 1);
}

Json to_json(const Task& task, const Judged& judged) {
  Json json = Json::object({{"bytes", judged.bytes},
                            {text("test_", task.metric()), judged.score.metric()},
                            {"test_loss", judged.score.loss}});
  return json;
}

int quantise(const Options& options) {
  const std::string out = place_for(options);
  ModelFile model = open_model(options.file, options.data_directory);
  const Context context({.threads = options.threads, .winograd = model.winograd});
  const Context::Scope scope(context);
  const ModelData data =
      data_of_model(options.file, model, options.config, options.data_directory, Part::All);
  const std::unique_ptr<Task> made = data.task();
  const Task& task = made->of_files();
  ProgressLine line(options.json ? Verbosity::Quiet : Verbosity::Normal);
  const auto judge = [&](Network& network, int64_t bytes) {
    const Batches batches = Batches::in_order(*data.data.test, all_indices(data.data.test->count()),
                                              model.spec.normalisation, kEvaluationBatch);
    return Judged{evaluate(network, task, batches, DType::F32, line.watch("testing")), bytes};
  };
  const Judged before = judge(*model.network, model.bytes);
  std::vector<QuantisedLayer> layers;
  line.show("quantising");
  const auto quantised = quantised_after_training(
      *model.network, calibration_inputs(*data.data.train, model, options), wanted(options), layers);
  write_file_atomically(out, pack_model(model.spec, *quantised));
  const PackedModel file = read_model(out);
  const Judged after = judge(*file.network, static_cast<int64_t>(file_size(out)));
  line.done();
  if (options.json) {
    Json list = Json::array();
    for (size_t i = 0; i < layers.size(); ++i)
      list.push(Json::object({{"name", layers[i].name},
                              {"bits", layers[i].bits},
                              {"weight_error", layers[i].weight_error},
                              {"output_error", layers[i].output_error},
                              {"bytes", file.weight_bytes[i]}}));
    std::printf("%s\n", dump(Json::object({{"file", out},
                                           {"before", to_json(task, before)},
                                           {"after", to_json(task, after)},
                                           {"layers", std::move(list)}}))
                            .c_str());
    return 0;
  }
  print(layers, file.weight_bytes);
  for (const auto& [name, judged] : {std::pair{options.file, before}, std::pair{out, after}})
    std::printf("%s: %s bytes, %s\n", name.c_str(), with_thousands(judged.bytes).c_str(),
                task.said(judged.score, "test").c_str());
  return 0;
}

}  // namespace

Command add_quantise(Program& program) {
  const auto options = std::make_shared<Options>();
  CommandLine line =
      program.command("quantise", "Makes a trained network integers, without training it again",
                      "  pare quantise runs/dense/model.pare\n"
                      "  pare quantise runs/dense --bits 4 --rounding learnt -o four.pare\n"
                      "  pare quantise runs/dense --activations 0");
  line.model("FILE", options->file, "model.pare, checkpoint.safetensors, or the directory of a run");
  line.path("-o,--out", options->out, "the file to write (default: quantised.pare beside FILE)");
  line.integer("--bits", options->bits, 2, 16, "bits of the weights (8)");
  line.integer("--edge-bits", options->edge_bits, 2, 16,
               "bits of the first and the last layer's weights (8)");
  line.integer("--activations", options->activations, 0, 16,
               "bits of what convolutions and linear layers read (8); 0: it stays floats");
  line.integer("--inputs", options->inputs, 0, 16, "the same of the network's own inputs (8)");
  line.integer("--calibrate", options->calibrate, 1, 1 << 24,
               "so many training examples are run to see ranges (1000)");
  line.choice(
      "--fit", options->fit, {"auto", "least-squares", "largest", "percentile"},
      "steps with the least squared error, or such that the largest number fits, or all but one in 10,000; "
      "auto: the largest from 7 bits on, else the least error");
  line.choice("--rounding", options->rounding, {"nearest", "learnt"},
              "learnt: each weight learns whether it goes up or down (AdaRound), for fewer than 8 bits");
  line.integer("--rounding-steps", options->rounding_steps, 1, 1 << 24,
               "how long each layer learns that (1000)");
  line.flag("--keep-biases", options->keep_biases, "do not let biases take up the mean error of each output");
  line.integer("--seed", options->seed, 0, 1 << 30, "which examples are drawn (1)");
  line.path("--config", options->config,
            "a config whose `data` says what to run (default: that of the file's run)");
  line.data_directory(options->data_directory);
  line.threads(options->threads, "all usable CPUs");
  line.flag("--json", options->json, "for scripts");
  return [options] { return quantise(*options); };
}

}  // namespace pare
