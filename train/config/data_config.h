// DataConfig: which examples a run learns from, and how they are put into batches.
#pragma once

#include "framework/data/batches/batches.h"
#include "framework/data/catalogue.h"
#include "framework/data/sources/source_config.h"
#include "framework/data/training_choice.h"

namespace pare {

struct AugmentConfig : Augment {
  void describe(Fields& fields);
};

struct DataConfig {
  std::string name = "fashion-mnist";  // of a data set that Pare knows; or, and then it is empty,
  Variant<SourceConfig> source;        // files of one's own
  int batch = 100;
  int validation = 5000;
  TrainingChoice choice;
  LastBatch last_batch = LastBatch::Drop;
  Sampling sampling = Sampling::Each;
  bool normalise = true;
  uint64_t order_seed = 0;
  AugmentConfig augment;

  void describe(Fields& fields);
};

// A config for the files at `place`, by what they look like (recognise_source). Overrides as of load_config,
// below "data.", hold, and lead what is guessed of the rest. Throws Failure::Usage for others.
DataConfig guessed_data(const std::string& place, const std::vector<std::string>& overrides);

// `data_directory` as load_dataset and SourceConfig::load take it. Of a source, all parts are read.
Dataset load_data(const DataConfig& config, const std::string& data_directory, Part part = Part::All);

}  // namespace pare
