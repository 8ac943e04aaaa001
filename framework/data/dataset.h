// Image classification data as it lies in memory: bytes, (N,H,W,C), with one label an image.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pare {

struct ImageSet {
  int height = 0, width = 0, channels = 0;
  std::vector<uint8_t> pixels;  // (N,H,W,C)
  std::vector<uint8_t> labels;  // (N)

  int count() const { return static_cast<int>(labels.size()); }
  // Bytes of one image.
  size_t image_size() const { return static_cast<size_t>(height) * width * channels; }
  const uint8_t* image(int index) const { return pixels.data() + index * image_size(); }
};

// A number that differs, as good as surely, between two sets of images and labels.
uint32_t fingerprint(const ImageSet& images);

struct Dataset {
  std::string name;
  std::vector<std::string> class_names;
  ImageSet train, test;
  std::string folder{};  // where it was read from
};

}  // namespace pare
