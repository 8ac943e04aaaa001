// The safetensors format: named tensors and string metadata in one file that anybody can load.
//
//   u64 N | N bytes of JSON {"name": {"dtype", "shape", "data_offsets"}, "__metadata__": {...}} | the data
//
// Data is little-endian, row-major and back to back. docs: https://github.com/huggingface/safetensors
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/tensor/tensor.h"

namespace pare {

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

struct SafetensorsFile {
  std::vector<NamedTensor> tensors;  // names are unique
  std::map<std::string, std::string> metadata;
  std::map<std::string, std::string> unreadable{};  // other tensors that were in the file, and what is wrong

  const Tensor* find(std::string_view name) const;  // nullptr when there is none
};

// The same content gives the same bytes, in whatever order the tensors come. f32 tensors are stored first,
// then by name, and the data begins at a multiple of 64 bytes: a reader may map the file and use it in place.
std::vector<uint8_t> safetensors_bytes(const SafetensorsFile& content);
void write_safetensors(const std::string& path, const SafetensorsFile& content);  // atomically

// Trusts nothing: a file that breaks any rule of the format throws Failure::Data naming the file, the tensor
// and the rule. Tensors that Pare's cannot hold (another data type than F32 and BF16, more than four
// dimensions) are left out and named. The tensors come in the order of their data.
SafetensorsFile read_safetensors(const std::string& path);
SafetensorsFile parse_safetensors(std::span<const uint8_t> bytes, const std::string& file_name);

}  // namespace pare
