// PictureSet: pictures that are decoded when they are asked for, so that there may be more of them than fit
// into memory.
#pragma once

#include <memory>

#include "framework/data/source.h"
#include "framework/data/sources/pictures/picture_folder.h"

namespace pare {

class PictureSet : public Source {
 public:
  // Looks at the beginning of each file. Throws Failure::Data naming the first that is no picture.
  PictureSet(PictureFiles files, Variant<Preprocessing> preprocessing, const InputShape& input);

  // Decodes all of them now, once and for all.
  void keep();

  InputShape input() const override { return input_; }
  int count() const override { return static_cast<int>(files_.count()); }
  const std::byte* read(int index, std::vector<std::byte>& buffer) const override;
  int32_t label(int index) const override { return files_.labels[static_cast<size_t>(index)]; }
  bool decodes() const override { return true; }
  // Of names, sizes, the first 4 KiB of each file, and of how they are read.
  uint32_t fingerprint() const override { return fingerprint_; }

 private:
  PictureFiles files_;
  Variant<Preprocessing> preprocessing_;
  InputShape input_;
  uint32_t fingerprint_ = 0;
  std::vector<std::byte> kept_;  // (N,H,W,C), or empty
};

}  // namespace pare
