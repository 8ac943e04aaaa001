// A folder of sounds as a source of examples.
#pragma once

#include "framework/data/preprocessing/sound_preprocessing.h"
#include "framework/data/sources/files/files_config.h"

namespace pare {

// Which files are sounds, and which of other formats are refused.
const FileKind& sound_files();

struct SoundsConfig : FilesConfig {
  SoundPreprocessing preprocessing;

  void describe(Fields& fields) override;
  // Inputs are SoundPreprocessing::input(), f32. What load_files throws.
  Dataset load(const std::string& data_directory) const override;
  bool recognise(const std::string& place) override;
};

}  // namespace pare
