// pare eval FILE
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands/commands.h"
#include "cli/options.h"
#include "framework/data/catalogue.h"
#include "framework/data/split.h"
#include "framework/files/file.h"
#include "framework/files/formats/safetensors.h"
#include "framework/parallel/context.h"
#include "layers/network/executor.h"
#include "train/metrics/progress.h"
#include "train/model_file.h"
#include "train/run/run_directory.h"
#include "train/task/evaluate.h"

namespace pare {
namespace {

struct Options {
  std::string file, data, data_directory, logits;
  int threads = 0, images = 0;
  bool json = false;
};

// For comparing other programs with ours: the network's input before normalisation, pixels / 255 (N,H,W,C),
// the labels (N) and the scores (N,K).
void write_logits(const std::string& path, Network& network, const Source& images, const Batches& batches,
                  DType precision) {
  const Executor executor(network, precision);
  std::vector<float> pixels, labels, scores;
  for (int position = 0; position < batches.per_epoch(); ++position) {
    const Batch batch = batches.get(0, position);
    const Tensor part = executor.run(batch.inputs).to(DType::F32);
    scores.insert(scores.end(), part.floats().begin(), part.floats().end());
    labels.insert(labels.end(), batch.classes.begin(), batch.classes.end());
  }
  const auto count = static_cast<int64_t>(labels.size());
  std::vector<std::byte> buffer;
  for (int i = 0; i < static_cast<int>(count); ++i) {
    const std::byte* const image = images.read(i, buffer);
    for (size_t at = 0; at < images.input().bytes(); ++at)
      pixels.push_back(static_cast<float>(std::to_integer<int>(image[at])) / 255.0f);
  }
  write_safetensors(path, {{{"images", Tensor::of(network.images().shape(count), pixels)},
                            {"labels", Tensor::of({count}, labels)},
                            {"scores", Tensor::of({count, network.output().channels}, scores)}},
                           {}});
}

int eval(const Options& options) {
  if (!options.logits.empty()) {
    require_other_file(options.file, options.logits);
    RunDirectory::require_none_of(options.logits);
  }
  ModelFile model = open_model(options.file, options.data_directory);
  const Context context({.threads = options.threads, .winograd = model.winograd});
  const Context::Scope scope(context);
  const std::string name = options.data.empty() ? model.spec.data : options.data;
  const Dataset data = load_dataset(name, options.data_directory, Part::TestOnly);
  const InputShape& found = data.spec.input;
  require(found == model.spec.input && data.spec.classes.size() == model.spec.classes.size(), Failure::Usage,
          options.file, ": expects images ", model.network->images(), " of ", model.spec.classes.size(),
          " classes, but ", name, " has (", found.height, ",", found.width, ",", found.channels, ") of ",
          data.spec.classes.size());
  const int images = options.images > 0 ? std::min(options.images, data.test->count()) : data.test->count();
  const Batches batches = Batches::in_order(*data.test, all_indices(images), model.spec.normalisation,
                                            kEvaluationBatch, model.precision);
  const auto started = std::chrono::steady_clock::now();
  const Score score = evaluate(*model.network, *task_of(model.spec), batches, model.precision);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  require(std::isfinite(score.loss), Failure::Data, options.file,
          ": its scores are no finite numbers, so there is nothing to count");
  const double speed = static_cast<double>(score.examples) / seconds;
  if (!options.logits.empty())
    write_logits(options.logits, *model.network, *data.test, batches, model.precision);
  if (options.json) {
    const Json json = Json::object({{"file", options.file},
                                    {"data", name},
                                    {"test_accuracy", score.metric()},
                                    {"test_loss", score.loss},
                                    {"correct", static_cast<int64_t>(score.metric_sum)},
                                    {"images", score.examples},
                                    {"model_bytes", model.bytes},
                                    {"images_per_second", speed}});
    std::printf("%s\n", dump(json).c_str());
  } else {
    std::printf("%s: %.2f %% of %s %s test images right (loss %.4f), %s bytes, %.0f images/s\n",
                options.file.c_str(), 100 * score.metric(), with_thousands(score.examples).c_str(),
                name.c_str(), score.loss, with_thousands(model.bytes).c_str(), speed);
  }
  return 0;
}

}  // namespace

Command add_eval(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const sub =
      app.add_subcommand("eval", "Accuracy of a packed model or a checkpoint on the test images");
  sub->footer(
      "Examples:\n"
      "  pare eval runs/quickstart/model.pare\n"
      "  pare eval runs/quickstart/checkpoint.safetensors --json");
  sub->add_option("FILE", options->file, "model.pare or checkpoint.safetensors")->required();
  sub->add_option("--data", options->data, "another data set than the one it was trained on");
  add_data_directory(*sub, options->data_directory);
  sub->add_option("--images", options->images, "only so many test images, the first ones")
      ->check(CLI::Range(1, 1 << 30));
  add_path(*sub, "--logits", options->logits,
           "also write images, labels and scores to this .safetensors file");
  add_threads(*sub, options->threads, "all usable CPUs");
  sub->add_flag("--json", options->json, "for scripts");
  return [options] { return eval(*options); };
}

}  // namespace pare
