// Run, when training is over: the model file, the summary, the report, and what is said of them.
#include <algorithm>
#include <cmath>

#include "compress/self_compression/size_loss.h"
#include "framework/files/file.h"
#include "framework/kernels/elementwise/precision.h"
#include "framework/parallel/isa.h"
#include "train/metrics/measures.h"
#include "train/metrics/resources.h"
#include "train/report/evaluation.h"
#include "train/report/page.h"
#include "train/run/run.h"

namespace pare {

void Run::finish() {
  Network& network = experiment_.network();
  save();
  const bool best = takes_best();
  const double bits_fraction = (best ? early_stop_.best().find("mean_bits")->number()
                                     : mean_bits(network, experiment_.original_weights())) /
                               32;
  const Task& task = experiment_.task().of_files();
  const Score before = score_now(experiment_.task(), experiment_.config().precision);
  experiment_.finish(network);
  if (best)
    write_file_atomically(directory_.model(), read_file(directory_.best(), file_size(directory_.best())));
  const auto [score, bytes] = best ? experiment_.score_of_file(directory_.model(), line_.watch("testing"))
                                   : experiment_.write_model(directory_.model(), line_.watch("testing"));
  const std::unique_ptr<Network> earlier = best ? read_model(directory_.model()).network : nullptr;
  const Network& stored = best ? *earlier : network;
  require(std::isfinite(score.loss), Failure::Diverged, "training diverged: the loss of ", directory_.model(),
          " on the test images is ", score.loss, "; try a smaller learning rate");
  const auto weights = static_cast<double>(experiment_.original_weights());
  const int64_t dense_bytes = 4 * experiment_.original_parameters();
  const TrainingState& state = saved_.progress().state;
  const Costs total = saved_.progress().costs;
  const int64_t target = experiment_.method().target_bytes();
  Json summary =
      Json::object({{"name", experiment_.config().name},
                    {"seed", experiment_.config().seed},
                    {"threads", experiment_.config().threads},
                    {"precision", experiment_.config().precision == DType::F32 ? "f32" : "bf16"},
                    {"onednn", onednn_version()},
                    {"isa", name(isa())},
                    {text("test_", task.metric()), score.metric()},
                    {"test_loss", rounded(score.loss)},
                    {"model_bytes", bytes},
                    {"dense_bytes", dense_bytes},
                    {"bits_fraction", rounded(bits_fraction)},
                    {"weights_fraction", rounded(static_cast<double>(stored.weight_count()) / weights)},
                    {"channels", channels_of(stored)},
                    {"epochs", rounded(static_cast<double>(state.step) /
                                       static_cast<double>(experiment_.training_batches().per_epoch()))},
                    {"steps", state.step},
                    {"wall_seconds", rounded(total.wall_seconds)},
                    {"cpu_seconds", rounded(total.cpu_seconds)},
                    {"train_flops", total.train_flops},
                    {"train_flops_dense", total.train_flops_dense},
                    {"peak_memory_bytes", peak_memory_bytes()}});
  if (best) summary.set("best_epoch", *early_stop_.best().find("epoch"));
  if (target > 0) {
    summary.set("target_bytes", target);
    summary.set("target_met", bytes <= target);
  }
  for (const auto& [name, value] : score.more) summary.set("test_" + name, value);
  if (score.tally)
    write_file_atomically(
        directory_.evaluation(),
        dump(evaluation_json(task, score, experiment_.spec(), experiment_.test_examples())) + "\n");
  write_file_atomically(directory_.summary(), dump(summary) + "\n");
  line_.show("writing the report");
  write_file_atomically(directory_.report(), report_page({directory_.path()}));
  line_.say(text(directory_.model(), ": ", with_thousands(bytes),
                 " bytes (dense: ", with_thousands(dense_bytes), "), ", task.said(score, "test"), ", ",
                 as_duration(total.wall_seconds)));
  if (!best) warn_of_loss(before, score_now(task, DType::F32));
  if (target > 0) say_if_target_is_missed(bytes, target);
  constexpr double kLuck = 1.5;  // how many times as good as guessing is still no sign of learning
  if (experiment_.spec().tells_classes() &&
      score.metric() * static_cast<double>(experiment_.spec().classes.size()) < kLuck)
    line_.say(
        "that is hardly better than guessing; try a smaller optimizer.lr, " +
        std::string(
            experiment_.config().compress.kind == "none"
                ? "and longer, and leave class weights out if there are some"
                : "smaller compress.bits_lr, gamma and rate, no class weights if there are some, or first "
                  "without compression: --set 'compress={\"method\": \"none\"}'"));
}

bool Run::takes_best() {
  if (!early_stop_.keeps_best() || early_stop_.best_is_last() || !early_stop_.best().is_object())
    return false;
  // A run that was killed, and goes on for other epochs, may have left the file of an epoch that is no more.
  const PackedModel model = read_model(directory_.best());
  const Score score = evaluate(*model.network, experiment_.task().of_files(),
                               experiment_.validation_batches(DType::F32), DType::F32);
  const Json& epoch = *early_stop_.best().find("epoch");
  const bool same = rounded(score.loss) == early_stop_.best().find("validation_loss")->number();
  line_.say(same ? text("epoch ", dump_line(epoch), " was the best; its file is kept")
                 : text(directory_.best(), ": not the file of epoch ", dump_line(epoch),
                        ", which was the best; the last epoch's is kept"));
  return same;
}

// Of the run's network, on the validation images, or on the test images when there are none.
Score Run::score_now(const Task& task, DType precision) {
  const bool validates = experiment_.config().data.validation > 0;
  return evaluate(experiment_.network(), task,
                  validates ? experiment_.validation_batches(precision) : experiment_.test_batches(precision),
                  precision, line_.watch("validating"));
}

void Run::warn_of_loss(const Score& before, const Score& file) {
  constexpr double kLoss = 0.0015;  // of all examples
  constexpr double kChance = 3;     // examples that any change of a number may turn
  constexpr double kWorse = 0.02;   // of the error, which changes with every number
  const Task& task = experiment_.task();
  if (task.counts_examples()) {
    const double lost = before.metric_sum - file.metric_sum;
    if (lost <= std::max(kChance, kLoss * static_cast<double>(file.examples))) return;
  } else if (file.metric_sum <= before.metric_sum * (1 + kWorse)) {
    return;
  }
  const char* const part = experiment_.config().data.validation > 0 ? "validation" : "test";
  line_.warn(text("writing ", directory_.model(), " cost ", task.metric(), ": ", task.said(before, part),
                  " before, ", task.said(file.metric()),
                  " in the file; try more epochs or a smaller compress.bits_lr"));
}

void Run::say_if_target_is_missed(int64_t bytes, int64_t target) {
  constexpr double kNear = 0.97;  // of the target
  const double share = static_cast<double>(bytes) / static_cast<double>(target);
  if (share >= kNear && share <= 1) return;
  const std::string asked = text("compress.target_bytes of ", with_thousands(target));
  if (share < kNear)
    line_.say(text("the file uses ", std::floor(1000 * share) / 10, " % of ", asked,
                   "; more epochs, smaller compress.rate and compress.gamma, or a wider network and more "
                   "compress.bits would use more"));
  else if (share < 3)
    line_.say(text("the file is ", std::ceil(1000 * (share - 1)) / 10, " % larger than ", asked,
                   "; try more epochs or a smaller network"));
  else
    line_.say(text("the file is ", std::ceil(share), " times as large as ", asked,
                   "; try more epochs or a smaller network"));
}

}  // namespace pare
