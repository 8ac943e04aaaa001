#include "framework/data/formats/cifar.h"

#include "framework/base/error.h"
#include "framework/data/formats/gzip_file.h"

namespace pare {
namespace {

constexpr int kSide = 32;
constexpr int kChannels = 3;
constexpr size_t kPlane = kSide * kSide;
constexpr size_t kImage = kPlane * kChannels;

// (C,H,W) -> (H,W,C)
void interleave(const uint8_t* planes, uint8_t* pixels) {
  for (size_t at = 0; at < kPlane; ++at)
    for (size_t channel = 0; channel < kChannels; ++channel) *pixels++ = planes[channel * kPlane + at];
}

// The last of a record's label bytes is its class.
void append(ImageSet& set, const std::string& file, int classes, size_t label_bytes) {
  const std::vector<uint8_t> bytes = read_gzip_file(file);
  const size_t record_bytes = label_bytes + kImage, records = bytes.size() / record_bytes;
  require(records > 0 && bytes.size() % record_bytes == 0, Failure::Data, file, ": holds ", bytes.size(),
          " bytes, expected a whole number of CIFAR-", classes, " records of ", record_bytes,
          " bytes; fetch the file again");
  size_t to = set.pixels.size();
  set.pixels.resize(to + records * kImage);
  for (size_t i = 0; i < records; ++i, to += kImage) {
    const uint8_t* record = bytes.data() + i * record_bytes;
    const uint8_t label = record[label_bytes - 1];
    require(label < classes, Failure::Data, file, ": image ", i, " has label ", int{label},
            ", expected 0 to ", classes - 1);
    set.labels.push_back(label);
    interleave(record + label_bytes, set.pixels.data() + to);
  }
}

ImageSet read(std::span<const std::string> files, int classes, size_t label_bytes) {
  ImageSet set;
  set.height = set.width = kSide;
  set.channels = kChannels;
  for (const std::string& file : files) append(set, file, classes, label_bytes);
  return set;
}

}  // namespace

ImageSet read_cifar10(std::span<const std::string> files, int classes) { return read(files, classes, 1); }
ImageSet read_cifar100(std::span<const std::string> files, int classes) { return read(files, classes, 2); }

}  // namespace pare
