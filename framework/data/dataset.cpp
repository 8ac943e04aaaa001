#include "framework/data/dataset.h"

#include "framework/files/bytes.h"

namespace pare {

uint32_t fingerprint(const ImageSet& images) {
  ByteWriter parts;
  for (const int extent : {images.height, images.width, images.channels})
    parts.u32(static_cast<uint32_t>(extent));
  parts.u32(crc32_of(images.pixels));
  parts.u32(crc32_of(images.labels));
  return crc32_of(parts.bytes());
}

}  // namespace pare
