// NumPy arrays as a source of examples: inputs of rank 2 to 4, and labels, or numbers to predict.
#pragma once

#include "framework/data/sources/hold_out.h"
#include "framework/data/sources/source_config.h"

namespace pare {

struct ArraysConfig : SourceConfig {
  std::string path;            // one .npz with everything, or:
  std::string inputs, labels;  // files of one array each
  std::string test_inputs, test_labels;
  std::vector<std::string> keys;  // names in `path`: inputs, labels, and perhaps those to test on
  std::vector<std::string> classes;
  HoldOut hold_out;

  void describe(Fields& fields) override;
  // Inputs (N,C), (N,H,W) or (N,H,W,C): u8 stay bytes, others become f32.
  Dataset load(const std::string& data_directory) const override;
  bool recognise(const std::string& place) override;
};

}  // namespace pare
