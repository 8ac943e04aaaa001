#include "train/run/grid_choice.h"

namespace pare {
namespace {

// Where a grid cost 0.4 points of the test images the loss had risen by 6 %, where it cost nothing by 3 % at
// most.
constexpr double kLost = 0.0005;  // of all images may be lost,
constexpr double kDearer = 0.03;  // and the loss may rise by so much of itself;
constexpr double kMore = 1.5;     // so many times as much to stay in a grid or below a target

bool is_as_good(const Task& task, const Score& file, const Score& network, double allowance) {
  const double lost = task.counts_examples() ? network.metric_sum - file.metric_sum : 0;
  return lost <= allowance * kLost * static_cast<double>(file.examples) &&
         file.loss <= network.loss * (1 + allowance * kDearer);
}

}  // namespace

Candidate candidate_now(Experiment& experiment, std::optional<Experiment::Snapshot> made,
                        const Watcher& watcher) {
  Candidate candidate{made ? std::move(*made) : experiment.snapshot(), {}};
  if (experiment.config().data.validation > 0)
    candidate.validation = evaluate(*candidate.snapshot.network, experiment.task().of_files(),
                                    experiment.validation_batches(DType::F32), DType::F32, watcher);
  return candidate;
}

Candidate choose_grid(Experiment& experiment, const Position& position,
                      std::optional<Experiment::Snapshot> made, const Watcher& watcher) {
  Method& method = experiment.method();
  const Score network = evaluate(experiment.network(), experiment.task(),
                                 experiment.validation_batches(DType::F32), DType::F32, watcher);
  const auto in_grid = [&](int grid) {
    method.use_grid(grid);
    return candidate_now(experiment, {}, watcher);
  };
  const int before = method.grid();
  Candidate chosen = candidate_now(experiment, std::move(made), watcher);
  if (!is_as_good(experiment.task(), chosen.validation, network, kMore)) {
    while (method.grid() > 0 && !is_as_good(experiment.task(), chosen.validation, network, 1))
      chosen = in_grid(method.grid() - 1);
    return chosen;
  }
  const bool last = position.step == position.total;
  const auto too_large = [&] {
    return last && method.target_bytes() > 0 && std::ssize(chosen.snapshot.bytes) > method.target_bytes();
  };
  // At the very end only for the target's sake: steered so far, the size shall not change without need.
  const bool wanted = !last || method.target_bytes() == 0;
  while (method.grid() + 1 < method.grids() && ((wanted && method.grid() == before) || too_large())) {
    const int finer = method.grid();
    Candidate coarser = in_grid(finer + 1);
    if (!is_as_good(experiment.task(), coarser.validation, network, too_large() ? kMore : 1)) {
      method.use_grid(finer);
      break;
    }
    chosen = std::move(coarser);
  }
  return chosen;
}

}  // namespace pare
