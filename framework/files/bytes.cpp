#include "framework/files/bytes.h"

#include <zlib.h>

#include "framework/base/error.h"

namespace pare {

std::span<const uint8_t> ByteReader::take(uint64_t count) {
  require(count <= remaining(), Failure::Data, name_, ": truncated at byte ", bytes_.size(), ": ", count,
          " bytes should follow byte ", position_);
  const std::span<const uint8_t> taken = bytes_.subspan(position_, count);
  position_ += count;
  return taken;
}

std::string_view ByteReader::take_text(uint64_t count) {
  const std::span<const uint8_t> taken = take(count);
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

void ByteWriter::put(std::span<const uint8_t> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

uint32_t crc32_of(std::span<const uint8_t> bytes) {
  return static_cast<uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
}

}  // namespace pare
