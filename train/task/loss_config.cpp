#include "train/task/loss_config.h"

#include <algorithm>

#include "framework/config/fields/fields.h"
#include "framework/config/suggest.h"
#include "framework/data/sources/class_names.h"
#include "framework/data/sources/subset.h"
#include "train/task/class_weights.h"
#include "train/task/classification.h"
#include "train/task/multi_label.h"
#include "train/task/reconstruction.h"
#include "train/task/regression.h"

namespace pare {
namespace {

void require_classes(const Spec& spec, const char* loss) {
  require(!spec.classes.empty(), Failure::Usage, "loss: ", loss, " is for classes, but ", spec.data,
          " asks for ", spec.values.size(), spec.values.size() == 1 ? " number" : " numbers",
          "; use squared_error, absolute_error, huber, or for labels of 0 and 1 binary_cross_entropy");
}

void require_numbers(const Spec& spec, const char* loss, double label_smoothing) {
  require(spec.classes.empty(), Failure::Usage, "loss: ", loss, " is for numbers to predict, but ", spec.data,
          " has classes; use cross_entropy");
  require(label_smoothing == 0, Failure::Usage, "label_smoothing: ", label_smoothing, " is for classes, but ",
          spec.data, " asks for numbers; leave it out");
}

struct CrossEntropyConfig : LossConfig {
  ClassWeights class_weights;

  void describe(Fields& fields) override {
    ClassWeightsValue value(class_weights);
    fields.field(
        {"class_weights",
         "how much an example counts, by its class: all the same, so that all classes together count "
         "the same, or as listed, in the order of the classes"},
        value);
  }
  std::unique_ptr<Task> make(const Dataset& data, double label_smoothing) const override {
    require_classes(data.spec, "cross_entropy");
    return std::make_unique<Classification>(
        label_smoothing, data.train ? class_weights.of(data.spec, *data.train) : std::vector<float>());
  }
};

// What all losses of numbers have.
struct NumberLossConfig : LossConfig {
  bool scale_targets = true;

  void describe(Fields& fields) override {
    fields.flag(
        "scale_targets", scale_targets,
        "numbers to predict are brought to about mean 0 and deviation 1 for training; the file gives them "
        "in their own unit");
  }
  std::unique_ptr<Task> make_of(const char* name, NumberLoss loss, double delta, const Dataset& data,
                                double label_smoothing) const {
    require_numbers(data.spec, name, label_smoothing);
    std::optional<TargetScale> scale;
    if (scale_targets && data.train) scale = measure_targets(*data.train);
    return std::make_unique<Regression>(loss, delta, std::move(scale));
  }
};

struct SquaredErrorConfig : NumberLossConfig {
  std::unique_ptr<Task> make(const Dataset& data, double label_smoothing) const override {
    return make_of("squared_error", NumberLoss::Squared, 1, data, label_smoothing);
  }
};

struct AbsoluteErrorConfig : NumberLossConfig {
  std::unique_ptr<Task> make(const Dataset& data, double label_smoothing) const override {
    return make_of("absolute_error", NumberLoss::Absolute, 1, data, label_smoothing);
  }
};

struct HuberConfig : NumberLossConfig {
  double delta = 1;

  void describe(Fields& fields) override {
    fields.number(
        "delta", delta, Range::above(0).up_to(1e6),
        "error up to which its square counts, and beyond which itself; in deviations of the numbers, or, "
        "without scale_targets, in their unit");
    NumberLossConfig::describe(fields);
  }
  std::unique_ptr<Task> make(const Dataset& data, double label_smoothing) const override {
    return make_of("huber", NumberLoss::Huber, delta, data, label_smoothing);
  }
};

struct BinaryCrossEntropyConfig : LossConfig {
  void describe(Fields&) override {}
  void prepare(Dataset& data) const override { data.spec.gives = Outputs::Labels; }
  std::unique_ptr<Task> make(const Dataset& data, double label_smoothing) const override {
    require_numbers(data.spec, "binary_cross_entropy", label_smoothing);
    for (const auto& source : {data.train, data.test})
      if (source) require_labels(data.spec, *source);
    return std::make_unique<MultiLabel>();
  }
};

struct ReconstructionConfig : LossConfig {
  std::vector<std::string> learned;

  void describe(Fields& fields) override {
    fields.texts(
        "learned", learned,
        "classes that are usual: only their examples are learnt from, and others are told from them by "
        "their error; left out: all",
        Need::IfAny);
  }
  void prepare(Dataset& data) const override {
    Spec& spec = data.spec;
    for (const std::string& name : learned) class_named(name, spec.classes, spec.data, "loss.learned");
    spec.gives = Outputs::Inputs;
    spec.learned = learned;
    if (learned.empty() || !data.train) return;
    const std::vector<bool> learns = spec.learns();
    std::vector<int> usual;
    for (int i = 0; i < data.train->count(); ++i)
      if (learns[static_cast<size_t>(data.train->label(i))]) usual.push_back(i);
    require(!usual.empty(), Failure::Usage, "loss.learned: no training example of ", spec.data, " is of ",
            comma_list(learned));
    data.train = std::make_shared<Subset>(data.train, std::move(usual));
  }
  std::unique_ptr<Task> make(const Dataset& data, double label_smoothing) const override {
    require(label_smoothing == 0, Failure::Usage, "label_smoothing: ", label_smoothing,
            " is for classes, and reconstruction gives inputs; leave it out");
    return std::make_unique<Reconstruction>(data.spec.learned.empty() ? std::vector<bool>()
                                                                      : data.spec.learns());
  }
};

struct AutoConfig : LossConfig {
  void describe(Fields&) override {}
  std::unique_ptr<Task> make(const Dataset& data, double label_smoothing) const override {
    if (data.spec.gives == Outputs::Inputs) return ReconstructionConfig().make(data, label_smoothing);
    if (data.spec.gives == Outputs::Labels) return BinaryCrossEntropyConfig().make(data, label_smoothing);
    if (data.spec.classes.empty()) return SquaredErrorConfig().make(data, label_smoothing);
    return CrossEntropyConfig().make(data, label_smoothing);
  }
};

}  // namespace

const Table<LossConfig>& loss_table() {
  static const Table<LossConfig> table{
      "loss",
      "name",
      {
          RowOf<AutoConfig>{"auto", "cross_entropy of classes, squared_error of numbers"},
          RowOf<CrossEntropyConfig>{"cross_entropy", "of class scores, through softmax"},
          RowOf<SquaredErrorConfig>{"squared_error", "mean squared error of numbers"},
          RowOf<AbsoluteErrorConfig>{"absolute_error", "mean absolute error: outliers pull less"},
          RowOf<HuberConfig>{"huber", "squared error of small errors, absolute error of large ones"},
          RowOf<BinaryCrossEntropyConfig>{
              "binary_cross_entropy",
              "several labels an example, columns of 0 and 1, each through a sigmoid"},
          RowOf<ReconstructionConfig>{
              "reconstruction", "squared error of the normalised input that an autoencoder gives again"},
      }};
  return table;
}

std::unique_ptr<Task> task_of(const Spec& spec) { return AutoConfig().make({spec, nullptr, nullptr}, 0); }

}  // namespace pare
