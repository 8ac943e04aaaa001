#include "framework/data/formats/exif.h"

#include <algorithm>
#include <string_view>

namespace pare {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kExif = "Exif\0\0"sv;

// A TIFF file: numbers in the order of bytes that its first two say. What lies outside reads as 0, which no
// tag, type or count is.
struct Tiff {
  std::span<const uint8_t> bytes;

  uint32_t number(uint64_t at, size_t count) const {
    if (at > bytes.size() || count > bytes.size() - at) return 0;
    const bool high_first = bytes[0] == 'M';
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i) value = value << 8 | bytes[at + (high_first ? i : count - 1 - i)];
    return value;
  }
};

}  // namespace

bool is_exif(std::span<const uint8_t> marker) {
  return marker.size() >= kExif.size() && std::equal(kExif.begin(), kExif.end(), marker.begin());
}

int orientation_in(std::span<const uint8_t> marker) {
  if (!is_exif(marker)) return kUpright;
  const Tiff tiff{marker.subspan(kExif.size())};
  constexpr uint32_t kMagic = 42, kEntryBytes = 12, kOrientation = 0x0112, kShort = 3;
  if (tiff.bytes.size() < 2 || tiff.bytes[0] != tiff.bytes[1]) return kUpright;
  if ((tiff.bytes[0] != 'I' && tiff.bytes[0] != 'M') || tiff.number(2, 2) != kMagic) return kUpright;
  const uint64_t directory = tiff.number(4, 4), entries = tiff.number(directory, 2);
  for (uint64_t i = 0; i < entries; ++i) {
    const uint64_t entry = directory + 2 + i * kEntryBytes;
    if (tiff.number(entry, 2) != kOrientation) continue;
    const uint32_t value = tiff.number(entry + 8, 2);
    const bool sound = tiff.number(entry + 2, 2) == kShort && tiff.number(entry + 4, 4) == 1;
    return sound && value >= 1 && value <= 8 ? static_cast<int>(value) : kUpright;
  }
  return kUpright;
}

}  // namespace pare
