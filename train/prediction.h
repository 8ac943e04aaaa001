// What a model says about files.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "layers/network/executor.h"
#include "train/model_file.h"

namespace pare {

struct InputFile {
  std::string name;
  std::vector<uint8_t> bytes;
};

// Of one input: of a table's row, of a picture.
struct Prediction {
  std::string name;
  // As many as the spec has; of a network that gives inputs again, its error alone (reconstruction_errors).
  std::vector<float> outputs;
};

// Of all inputs of a file, in order; and what is wrong with the file, or with others of its inputs.
struct FilePredictions {
  std::vector<Prediction> predictions;
  std::vector<std::string> faults;
};

class Predictor {
 public:
  // `model` outlives it.
  explicit Predictor(const ModelFile& model) : model_(model), executor_(*model.network, model.precision) {}

  // Files are read by the model's preprocessing; without one by PlainPreprocessing. One entry a file.
  std::vector<FilePredictions> predict(std::span<const InputFile> files) const;

 private:
  std::vector<float> outputs_of(const Source& inputs) const;

  const ModelFile& model_;
  const Executor executor_;
};

}  // namespace pare
