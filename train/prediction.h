// What a model says about files.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "train/model_file.h"

namespace pare {

struct InputFile {
  std::string name;
  std::vector<uint8_t> bytes;
};

// Of one input: of a table's row, of a picture.
struct Prediction {
  std::string name;
  std::vector<float> outputs;  // as many as the spec has
};

// Of all inputs of a file, in order; or what is wrong with the file.
struct FilePredictions {
  std::vector<Prediction> predictions;
  std::string fault;
};

// Files are read by the model's preprocessing; without one by PlainPreprocessing. One entry a file.
std::vector<FilePredictions> predict(const ModelFile& model, std::span<const InputFile> files);

}  // namespace pare
