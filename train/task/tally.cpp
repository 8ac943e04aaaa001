#include "train/task/tally.h"

namespace pare {

const std::vector<MetricKind>& metric_kinds() {
  static const std::vector<MetricKind> kinds{
      {"accuracy", "Accuracy", true, true},
      {"top5_accuracy", "Among the five best", true, true},
      {"exact_match", "All labels right", true, true},
      {"macro_f1", "F1, mean over classes", false, true},
      {"micro_f1", "F1 over all labels", false, true},
      {"auc", "Area under the ROC curve", false, true},
      {"r2", "R²", false, true},
      {"rmse", "Root mean squared error", false, false},
      {"absolute_error", "Mean absolute error", false, false},
      {"reconstruction_error", "Reconstruction error", false, false},
      {"loss", "Loss", false, false},
  };
  return kinds;
}

}  // namespace pare
