// ModelFile: a network out of a packed model or a checkpoint, whichever the file is.
#pragma once

#include "compress/packed/packed_model.h"
#include "train/run/checkpoint.h"

namespace pare {

struct ModelFile {
  Spec spec;
  DType precision = DType::F32;  // packed models are evaluated in f32
  std::unique_ptr<Network> network;
  std::vector<int> original_channels;  // per layer with weights
  std::vector<int64_t> weight_bytes;   // the same; empty for checkpoints, which are not packed
  int64_t bytes = 0;                   // of the file
  bool winograd = true;                // a checkpoint's config may say no
  std::optional<DataConfig> data{};    // a checkpoint of a run that has a source,
  Variant<LossConfig> loss = choose(loss_table(), "auto");  // and what it minimised
};

// The network of a checkpoint that holds its spec, as it is there: a network that predicts numbers gives them
// in the scale in which it learns them.
std::unique_ptr<Network> network_of(const Checkpoint& checkpoint);

// Checkpoints of version 0.1.0 do not hold the class names and the normalisation; they are made again from
// the data set, which is looked for in `data_directory`.
ModelFile open_model(const std::string& path, const std::string& data_directory);

}  // namespace pare
