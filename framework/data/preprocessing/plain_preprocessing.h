// Files for a network whose data was no files: NumPy arrays of its inputs, and pictures of just its size.
#pragma once

#include "framework/data/preprocessing/preprocessing.h"

namespace pare {

// What is known without being stored in the model.
struct PlainPreprocessing : Preprocessing {
  void describe(Fields&) override {}
  void require_fits(const InputShape&, const std::string&) const override {}
  // An .npy of one or several inputs, or, where inputs are bytes of 1 or 3 channels, a PNG or JPEG.
  PreparedFile prepare_all(std::span<const uint8_t> file, const std::string& name,
                           const InputShape& input) const override;
};

}  // namespace pare
