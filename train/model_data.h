// The data of a model file: a data set that Pare knows by name, or files that the config of
// its run names.
#pragma once

#include "train/model_file.h"

namespace pare {

// `config`: a config that says where the data is; empty: the one in the checkpoint, or the config.json of the
// run's directory (for a level of a lottery: of the lottery's). Throws Failure::Usage when none of them does,
// or when the data found is another: other inputs, other classes.
struct ModelData {
  Dataset data;
  Variant<LossConfig> loss;  // of its run's config, or the usual one of such data

  // What judges the model's outputs.
  std::unique_ptr<Task> task() const;
};
ModelData data_of_model(const std::string& path, const ModelFile& model, const std::string& config,
                        const std::string& data_directory, Part part = Part::TestOnly);

// Throws Failure::Usage naming `path` when the model does not fit such examples.
void require_fits(const std::string& path, const ModelFile& model, const Spec& data);

}  // namespace pare
