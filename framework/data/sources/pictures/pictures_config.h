// A folder of pictures as a source of examples.
#pragma once

#include "framework/data/preprocessing/picture_preprocessing.h"
#include "framework/data/sources/files/files_config.h"

namespace pare {

// Which files are pictures, and which of other formats are refused.
const FileKind& picture_files();

struct PicturesConfig : FilesConfig {
  std::vector<int> size;  // height, width
  int channels = 3;
  PicturePreprocessing preprocessing;

  void describe(Fields& fields) override;
  // Inputs are (H,W,channels) u8. What load_files throws.
  Dataset load(const std::string& data_directory) const override;
  bool recognise(const std::string& place) override;

 private:
  void choose_size(const std::vector<std::pair<int, int>>& found);  // heights and widths
};

}  // namespace pare
