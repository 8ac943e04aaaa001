// PNG and JPEG files as the input of a network: what becomes of a picture of another size, and of what is
// transparent.
#pragma once

#include "framework/data/pictures/picture.h"
#include "framework/data/preprocessing/preprocessing.h"

namespace pare {

enum class Fit {
  Exact,      // only pictures of the input's size are taken
  Stretch,    // to the size, whatever the sides' ratio
  Letterbox,  // the whole picture in the middle, bars of the background around it
  Crop,       // as much of the middle as has the size's ratio
};

struct PicturePreprocessing : OneInputAFile {
  Fit fit = Fit::Exact;
  std::vector<int> background{255, 255, 255};  // RGB

  void describe(Fields& fields) override;
  void require_fits(const InputShape& input, const std::string& where) const override;
  void require_known(std::span<const uint8_t> beginning, const std::string& name) const override {
    format_of(beginning, name);
  }
  void prepare(std::span<const uint8_t> file, const std::string& name, const InputShape& input,
               std::byte* to) const override;

  // A picture of the input's size and channels. Throws Failure::Data naming it when it has another size and
  // `fit` says nothing about that.
  Picture fitted(Picture picture, const std::string& name, const InputShape& input) const;
};

}  // namespace pare
