#include "train/prediction.h"

#include <algorithm>

#include "framework/data/preprocessing/plain_preprocessing.h"
#include "framework/data/split.h"
#include "framework/parallel/threads.h"
#include "train/task/evaluate.h"
#include "train/task/reconstruction.h"

namespace pare {
namespace {

// The inputs of several files as one source.
class Joined : public Source {
 public:
  explicit Joined(const InputShape& shape) : shape_(shape) {}

  void add(std::shared_ptr<const Source> part) {
    begins_.push_back(count_);
    count_ += part->count();
    parts_.push_back(std::move(part));
  }

  InputShape input() const override { return shape_; }
  int count() const override { return count_; }
  const std::byte* read(int index, std::vector<std::byte>& buffer) const override {
    const auto part = std::ranges::upper_bound(begins_, index) - begins_.begin() - 1;
    return parts_[static_cast<size_t>(part)]->read(index - begins_[static_cast<size_t>(part)], buffer);
  }
  uint32_t fingerprint() const override { return fingerprint_of(shape_, {}); }

 private:
  InputShape shape_;
  std::vector<std::shared_ptr<const Source>> parts_;
  std::vector<int> begins_;  // index of each part's first input
  int count_ = 0;
};

}  // namespace

std::vector<float> Predictor::outputs_of(const Source& inputs) const {
  const Batches batches = Batches::in_order(inputs, all_indices(inputs.count()), model_.spec.normalisation,
                                            kEvaluationBatch, model_.precision);
  std::vector<float> outputs;
  for (int position = 0; position < batches.per_epoch(); ++position) {
    const Tensor inputs_of_batch = batches.get(0, position).inputs,
                 part = executor_.run(inputs_of_batch).to(DType::F32);
    if (model_.spec.gives == Outputs::Inputs) {
      const std::vector<double> errors = reconstruction_errors(part, inputs_of_batch);
      outputs.insert(outputs.end(), errors.begin(), errors.end());
    } else {
      outputs.insert(outputs.end(), part.floats().begin(), part.floats().end());
    }
  }
  return outputs;
}

std::vector<FilePredictions> Predictor::predict(std::span<const InputFile> files) const {
  const Spec& spec = model_.spec;
  const PlainPreprocessing plain;
  const Preprocessing& preprocessing = spec.preprocessing ? *spec.preprocessing : plain;
  std::vector<FilePredictions> results(files.size());
  std::vector<PreparedFile> prepared(files.size());
  parallel_ranges(std::ssize(files), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) try {
        prepared[i] = preprocessing.prepare_all(files[i].bytes, files[i].name, spec.input);
        results[i].faults = std::move(prepared[i].faults);
      } catch (const Error& error) {
        results[i].faults = {error.what()};
      }
  });
  Joined all(spec.input);
  for (const PreparedFile& file : prepared)
    if (file.inputs) all.add(file.inputs);
  if (all.count() == 0) return results;
  const std::vector<float> outputs = outputs_of(all);
  const auto each = std::ssize(outputs) / all.count();
  auto at = outputs.begin();
  for (size_t i = 0; i < files.size(); ++i)
    for (int k = 0; prepared[i].inputs && k < prepared[i].inputs->count(); ++k) {
      results[i].predictions.push_back({prepared[i].inputs->name(k), {at, at + each}});
      at += each;
    }
  return results;
}

}  // namespace pare
