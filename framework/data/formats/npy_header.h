// The header of an .npy file: how its numbers are stored, and the array's shape.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pare {

struct NpyHeader {
  std::string descr;  // such as "<f4"
  bool fortran_order = false;
  std::vector<int64_t> shape;
  size_t size = 0;  // bytes, from the start of the file to the first number
};

// Throws Failure::Data naming `name`. A structured type, whose `descr` is a list, is refused here.
NpyHeader parse_npy_header(std::span<const uint8_t> bytes, const std::string& name);

}  // namespace pare
