// ProtobufWriter: the wire format of Protocol Buffers, as much of it as ONNX and TensorBoard's files need.
//
// A message is a sequence of fields, each a tag (field number and wire type) and a value: a varint, a number
// of four or eight bytes, or a length and so many bytes. https://protobuf.dev/programming-guides/encoding
#pragma once

#include <string_view>

#include "framework/files/bytes.h"

namespace pare {

class ProtobufWriter {
 public:
  void integer(int field, int64_t value);  // int32, int64, bool and enums
  void number(int field, double value);
  void number(int field, float value);
  void numbers(int field, std::span<const double> values);  // packed
  void bytes(int field, std::span<const uint8_t> value);
  void text(int field, std::string_view value) { bytes(field, bytes_of(value)); }
  void message(int field, const ProtobufWriter& value) { bytes(field, value.written()); }

  const std::vector<uint8_t>& written() const { return out_.bytes(); }

 private:
  enum class WireType { Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5 };

  void tag(int field, WireType type);
  void varint(uint64_t value);

  ByteWriter out_;
};

}  // namespace pare
