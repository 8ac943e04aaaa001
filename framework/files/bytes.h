// Little-endian numbers in byte buffers, read with every bound checked; and the checksum over them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pare {

static_assert(std::endian::native == std::endian::little, "the file formats are little-endian");

inline std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Walks over bytes it does not own. Reading past the end throws Failure::Data "<name>: truncated at byte N".
class ByteReader {
 public:
  // `name` is the file these bytes came from, for errors.
  ByteReader(std::span<const uint8_t> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  uint8_t u8() { return number<uint8_t>(); }
  uint32_t u32() { return number<uint32_t>(); }
  uint64_t u64() { return number<uint64_t>(); }
  std::span<const uint8_t> take(uint64_t count);
  std::string_view take_text(uint64_t count);

  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }

 private:
  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::span<const uint8_t> bytes_;
  std::string name_;
  size_t position_ = 0;
};

class ByteWriter {
 public:
  void u8(uint8_t value) { number(value); }
  void u32(uint32_t value) { number(value); }
  void u64(uint64_t value) { number(value); }
  void put(std::span<const uint8_t> bytes);
  void put_text(std::string_view text) { put(bytes_of(text)); }

  const std::vector<uint8_t>& bytes() const { return bytes_; }
  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  template <class T>
  void number(T value) {
    put({reinterpret_cast<const uint8_t*>(&value), sizeof(T)});
  }

  std::vector<uint8_t> bytes_;
};

// The CRC-32 of zip and PNG.
uint32_t crc32_of(std::span<const uint8_t> bytes);

}  // namespace pare
