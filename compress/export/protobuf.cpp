#include "compress/export/protobuf.h"

namespace pare {

void ProtobufWriter::integer(int field, int64_t value) {
  tag(field, WireType::Varint);
  varint(static_cast<uint64_t>(value));  // negative numbers take ten bytes
}

void ProtobufWriter::bytes(int field, std::span<const uint8_t> value) {
  tag(field, WireType::LengthDelimited);
  varint(value.size());
  out_.put(value);
}

void ProtobufWriter::tag(int field, WireType type) {
  varint(static_cast<uint64_t>(field) << 3 | static_cast<uint64_t>(type));
}

// Seven bits a byte, the lowest first; the top bit says that more follow.
void ProtobufWriter::varint(uint64_t value) {
  while (value >= 0x80) {
    out_.u8(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  out_.u8(static_cast<uint8_t>(value));
}

}  // namespace pare
