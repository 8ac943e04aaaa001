#include "layers/weights/frozen_weight.h"

namespace pare {

namespace {

// Blocks of `block` numbers each: in every run of `count` blocks those that stay, by their positions.
template <class T>
std::vector<T> kept(const std::vector<T>& numbers, size_t count, size_t block, std::span<const int> indices) {
  if (numbers.empty()) return {};
  const size_t runs = numbers.size() / (count * block);
  std::vector<T> result(runs * indices.size() * block);
  copy_slices(numbers.data(), static_cast<int64_t>(runs), static_cast<int64_t>(count), block * sizeof(T),
              indices, result.data());
  return result;
}

}  // namespace

void FrozenWeight::keep_outputs(std::span<const int> indices) {
  const auto outputs = static_cast<size_t>(code_.shape[0]), row = static_cast<size_t>(code_.shape.row());
  code_.levels = kept(code_.levels, outputs, row, indices);
  code_.values = kept(code_.values, outputs, row, indices);
  code_.exponents = kept(code_.exponents, outputs, 1, indices);
  code_.shape = {std::ssize(indices), code_.shape[1], code_.shape[2], code_.shape[3]};
  value_ = materialise(code_);
}

void FrozenWeight::keep_inputs(std::span<const int> indices) {
  const auto inputs = static_cast<size_t>(code_.shape[3]);
  code_.levels = kept(code_.levels, inputs, 1, indices);
  code_.values = kept(code_.values, inputs, 1, indices);
  code_.shape = {code_.shape[0], code_.shape[1], code_.shape[2], std::ssize(indices)};
  value_ = materialise(code_);
}

void FrozenWeight::take(const WeightCode&) {
  fail(Failure::Internal, "frozen weight: it cannot take other numbers");
}

}  // namespace pare
