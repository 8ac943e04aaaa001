#include "framework/files/formats/protobuf.h"

namespace pare {

void ProtobufWriter::integer(int field, int64_t value) {
  tag(field, WireType::Varint);
  varint(static_cast<uint64_t>(value));  // negative numbers take ten bytes
}

void ProtobufWriter::number(int field, double value) {
  tag(field, WireType::Fixed64);
  out_.u64(std::bit_cast<uint64_t>(value));
}

void ProtobufWriter::number(int field, float value) {
  tag(field, WireType::Fixed32);
  out_.u32(std::bit_cast<uint32_t>(value));
}

void ProtobufWriter::numbers(int field, std::span<const double> values) {
  bytes(field, {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()});
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
