#include "framework/files/formats/safetensors.h"

#include <algorithm>

#include "tests/fuzz/finding.h"

// What was read is written and read again, and is still the same.
void pare::fuzz::safetensors(std::span<const uint8_t> bytes) {
  SafetensorsFile file;
  if (!accepts([&] { file = parse_safetensors(bytes, "fuzz"); })) return;
  const SafetensorsFile again = parse_safetensors(safetensors_bytes(file), "again");
  expect(again.metadata == file.metadata, "metadata comes back");
  expect(again.tensors.size() == file.tensors.size(), "all tensors come back");
  for (const NamedTensor& named : file.tensors) {
    const Tensor* const tensor = again.find(named.name);
    expect(tensor != nullptr && tensor->shape() == named.tensor.shape() &&
               tensor->dtype() == named.tensor.dtype(),
           "a tensor comes back as it was");
    const auto* const from = static_cast<const uint8_t*>(named.tensor.raw());
    expect(std::equal(from, from + tensor->bytes(), static_cast<const uint8_t*>(tensor->raw())),
           "with its values");
  }
}
