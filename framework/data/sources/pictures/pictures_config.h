// A folder of pictures as a source of examples: a folder a class.
#pragma once

#include "framework/data/preprocessing/picture_preprocessing.h"
#include "framework/data/sources/hold_out.h"
#include "framework/data/sources/source_config.h"

namespace pare {

struct PicturesConfig : SourceConfig {
  std::string path;
  std::vector<int> size;  // height, width
  int channels = 3;
  PicturePreprocessing preprocessing;
  HoldOut hold_out;
  int memory = 1024;  // MiB

  void describe(Fields& fields) override;
  // Inputs are (H,W,channels) u8. What list_pictures, PictureSet and HoldOut throw.
  Dataset load(const std::string& data_directory) const override;
  bool recognise(const std::string& place) override;

 private:
  void choose_size(const std::vector<std::pair<int, int>>& found);  // heights and widths
};

}  // namespace pare
