// NumPy's .npy format: one array, its header a Python dictionary that is read strictly and never evaluated.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pare {

struct NpyArray {
  enum class Kind { Bool, Unsigned, Signed, Float };

  std::string name;  // of the file, and of the array in it, for errors
  Kind kind = Kind::Unsigned;
  int bytes_each = 1;  // of a number: 1, 2, 4 or 8
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;  // the numbers, little-endian, in C order: the last index runs fastest

  int64_t count() const;  // of numbers
  bool is_bytes() const { return kind == Kind::Unsigned && bytes_each == 1; }
  bool is_float() const { return kind == Kind::Float; }
  // "u8 (60000,28,28)"
  std::string described() const;

  // Floats that are none (nan) stay what they are; f64 beyond the range of f32 become infinite.
  std::vector<float> floats() const;
  // Of any kind but Float. Throws Failure::Data naming the first number outside [0, most].
  std::vector<int32_t> integers(int64_t most) const;
};

// The bytes of a file, or of a member of an .npz. Bytes in Fortran order and big-endian ones are put in
// order. Throws Failure::Data naming `name` for anything but a whole array of u8 to u64, i8 to i64, f32, f64
// or bool with no extent of 0; for Python objects, it says how to convert them.
NpyArray parse_npy(std::span<const uint8_t> bytes, const std::string& name);

bool looks_like_npy(std::span<const uint8_t> bytes);

}  // namespace pare
