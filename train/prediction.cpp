#include "train/prediction.h"

#include "framework/data/preprocessing/plain_preprocessing.h"
#include "framework/data/split.h"
#include "framework/parallel/threads.h"
#include "train/task/evaluate.h"
#include "train/task/reconstruction.h"

namespace pare {
namespace {

// Prepared inputs as examples.
struct Prepared : Source {
  InputShape shape;
  std::vector<std::byte> bytes;  // (N,H,W,C)

  explicit Prepared(const InputShape& input) : shape(input) {}
  InputShape input() const override { return shape; }
  int count() const override { return static_cast<int>(bytes.size() / shape.bytes()); }
  const std::byte* read(int index, std::vector<std::byte>&) const override {
    return bytes.data() + static_cast<size_t>(index) * shape.bytes();
  }
  uint32_t fingerprint() const override { return crc32_of({}); }
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
  Prepared all(spec.input);
  for (const PreparedFile& file : prepared)
    all.bytes.insert(all.bytes.end(), file.inputs.begin(), file.inputs.end());
  if (all.count() == 0) return results;
  const std::vector<float> outputs = outputs_of(all);
  const auto each = std::ssize(outputs) / all.count();
  auto at = outputs.begin();
  for (size_t i = 0; i < files.size(); ++i)
    for (std::string& name : prepared[i].names) {
      results[i].predictions.push_back({std::move(name), {at, at + each}});
      at += each;
    }
  return results;
}

}  // namespace pare
