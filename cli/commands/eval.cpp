// pare eval FILE

#include <algorithm>
#include <cmath>
#include <memory>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "framework/data/split.h"
#include "framework/files/file.h"
#include "framework/files/formats/safetensors.h"
#include "framework/parallel/context.h"
#include "layers/network/executor.h"
#include "train/metrics/progress.h"
#include "train/metrics/terminal.h"
#include "train/model_data.h"
#include "train/report/evaluation.h"
#include "train/run/run_directory.h"
#include "train/task/evaluate.h"

namespace pare {
namespace {

struct Options {
  std::string file, data, config, data_directory, logits;
  int threads = 0, images = 0;
  bool json = false, confusion = false;
};

// For comparing other programs with ours: the network's input before normalisation, pixels / 255 or floats as
// they are (N,H,W,C), the labels (N) or values (N,V), and the outputs (N,K).
void write_logits(const std::string& path, Network& network, const Source& source, const Batches& batches,
                  DType precision) {
  const Executor executor(network, precision);
  std::vector<float> inputs, labels, scores;
  for (int position = 0; position < batches.per_epoch(); ++position) {
    const Batch batch = batches.get(0, position);
    const Tensor part = executor.run(batch.inputs).to(DType::F32);
    scores.insert(scores.end(), part.floats().begin(), part.floats().end());
    labels.insert(labels.end(), batch.classes.begin(), batch.classes.end());
    if (batch.classes.empty())
      labels.insert(labels.end(), batch.values.floats().begin(), batch.values.floats().end());
  }
  const int64_t outputs = network.output().count(), count = std::ssize(scores) / outputs;
  std::vector<std::byte> buffer;
  for (int i = 0; i < static_cast<int>(count); ++i) {
    const std::byte* const raw = source.read(i, buffer);
    for (int64_t at = 0; at < source.input().count(); ++at)
      inputs.push_back(source.input().element == Element::U8
                           ? static_cast<float>(std::to_integer<int>(raw[at])) / 255.0f
                           : reinterpret_cast<const float*>(raw)[at]);
  }
  const bool has_classes = source.values(0).empty();
  write_safetensors(
      path, {{{"images", Tensor::of(network.images().shape(count), inputs)},
              {has_classes ? "labels" : "values",
               Tensor::of(has_classes ? Shape{count} : Shape{count, std::ssize(labels) / count}, labels)},
              {"scores", Tensor::of({count, outputs}, scores)}},
             {}});
}

ModelData data_of(const ModelFile& model, const Options& options) {
  require(options.data.empty() || options.config.empty(), Failure::Usage,
          "both --data and --config; leave one of them out");
  if (options.data.empty()) return data_of_model(options.file, model, options.config, options.data_directory);
  ModelData found{load_dataset(options.data, options.data_directory, Part::TestOnly), model.loss};
  require_fits(options.file, model, found.data.spec);
  return found;
}

int eval(const Options& options) {
  if (!options.logits.empty()) {
    require_other_file(options.file, options.logits);
    RunDirectory::require_none_of(options.logits);
  }
  ModelFile model = open_model(options.file, options.data_directory);
  const Context context({.threads = options.threads, .winograd = model.winograd});
  const Context::Scope scope(context);
  const ModelData found = data_of(model, options);
  const Dataset& data = found.data;
  const std::string& name = data.spec.data;
  const int images = options.images > 0 ? std::min(options.images, data.test->count()) : data.test->count();
  const Batches batches = Batches::in_order(*data.test, all_indices(images), model.spec.normalisation,
                                            kEvaluationBatch, model.precision);
  const std::unique_ptr<Task> made = found.task();
  const Task* const task = &made->of_files();
  const auto started = std::chrono::steady_clock::now();
  ProgressLine line(options.json ? Verbosity::Quiet : Verbosity::Normal);
  const Score score = evaluate(*model.network, *task, batches, model.precision, line.watch("testing"));
  line.done();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  require(std::isfinite(score.loss), Failure::Data, options.file,
          ": its scores are no finite numbers, so there is nothing to count");
  const double speed = static_cast<double>(score.examples) / seconds;
  if (!options.logits.empty())
    write_logits(options.logits, *model.network, *data.test, batches, model.precision);
  if (options.json) {
    Json json = Json::object({{"file", options.file},
                              {"data", name},
                              {text("test_", task->metric()), score.metric()},
                              {"test_loss", score.loss}});
    if (task->counts_examples()) json.set("correct", static_cast<int64_t>(score.metric_sum));
    for (const auto& [metric, value] : score.more) json.set("test_" + metric, value);
    if (options.confusion) json.set("evaluation", evaluation_json(*task, score, data.spec, *data.test));
    json.set("images", score.examples);
    json.set("model_bytes", model.bytes);
    json.set("images_per_second", speed);
    std::printf("%s\n", dump(json).c_str());
  } else if (data.spec.tells_classes()) {
    std::printf("%s: %.2f %% of %s %s test images right (loss %.4f), %s bytes, %.0f images/s\n",
                options.file.c_str(), 100 * score.metric(), with_thousands(score.examples).c_str(),
                name.c_str(), score.loss, with_thousands(model.bytes).c_str(), speed);
  } else {
    std::printf("%s: %s of %s (loss %.4g), %s bytes, %.0f examples/s\n", options.file.c_str(),
                task->said(score, "test").c_str(), name.c_str(), score.loss,
                with_thousands(model.bytes).c_str(), speed);
  }
  if (options.confusion && !options.json && score.tally)
    std::printf("\n%s", score.tally->table(data.spec, columns_of_terminal()).c_str());
  return 0;
}

}  // namespace

Command add_eval(Program& program) {
  const auto options = std::make_shared<Options>();
  CommandLine line =
      program.command("eval", "Accuracy of a packed model or a checkpoint on the test examples",
                      "  pare eval runs/quickstart/model.pare\n"
                      "  pare eval runs/quickstart/model.pare --confusion\n"
                      "  pare eval runs/quickstart/checkpoint.safetensors --json");
  line.model("FILE", options->file, "model.pare, checkpoint.safetensors, or the directory of a run");
  line.text("--data", options->data, "another data set than the one it was trained on");
  line.path("--config", options->config,
            "a config whose `data` says what to test on (default: that of the file's run)");
  line.data_directory(options->data_directory);
  line.integer("--images", options->images, 1, 1 << 30, "only so many test images, the first ones");
  line.path("--logits", options->logits, "also write images, labels and scores to this .safetensors file");
  line.threads(options->threads, "all usable CPUs");
  line.flag(
      "--confusion", options->confusion,
      "also what is taken for what, and each class's precision, recall and F1; of numbers, the errors of "
      "each");
  line.flag("--json", options->json, "for scripts; with --confusion everything there is");
  return [options] { return eval(*options); };
}

}  // namespace pare
