#include "framework/data/formats/cifar10.h"

#include "framework/base/error.h"
#include "framework/data/formats/gzip_file.h"

namespace pare {
namespace {

constexpr int kSide = 32;
constexpr int kChannels = 3;
constexpr size_t kPlane = kSide * kSide;
constexpr size_t kImage = kPlane * kChannels;
constexpr size_t kRecord = 1 + kImage;

// (C,H,W) -> (H,W,C)
void interleave(const uint8_t* planes, uint8_t* pixels) {
  for (size_t at = 0; at < kPlane; ++at)
    for (size_t channel = 0; channel < kChannels; ++channel) *pixels++ = planes[channel * kPlane + at];
}

void append(ImageSet& set, const std::string& file, int classes) {
  const std::vector<uint8_t> bytes = read_gzip_file(file);
  const size_t records = bytes.size() / kRecord;
  require(records > 0 && bytes.size() % kRecord == 0, Failure::Data, file, ": holds ", bytes.size(),
          " bytes, expected a whole number of CIFAR-10 records of ", kRecord, " bytes; fetch the file again");
  size_t to = set.pixels.size();
  set.pixels.resize(to + records * kImage);
  for (size_t i = 0; i < records; ++i, to += kImage) {
    const uint8_t* record = bytes.data() + i * kRecord;
    require(record[0] < classes, Failure::Data, file, ": image ", i, " has label ", int{record[0]},
            ", expected 0 to ", classes - 1);
    set.labels.push_back(record[0]);
    interleave(record + 1, set.pixels.data() + to);
  }
}

}  // namespace

ImageSet read_cifar10(std::span<const std::string> files, int classes) {
  ImageSet set;
  set.height = set.width = kSide;
  set.channels = kChannels;
  for (const std::string& file : files) append(set, file, classes);
  return set;
}

}  // namespace pare
