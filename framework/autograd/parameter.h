// Parameter: what a network learns or remembers: value, gradient and the optimiser's slots, which shrink
// together.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "framework/tensor/tensor.h"

namespace pare {

// What a parameter is, so that optimisers can choose rates and decay by kind.
enum class ParameterKind { Weight, Bias, Normalisation, Bits, Exponent, Gate, Statistic };

const char* name(ParameterKind kind);

struct Parameter {
  std::string name;  // dotted path, unique in its network: "3.conv2d.weight.bits"
  ParameterKind kind = ParameterKind::Weight;
  Tensor value;               // f32
  Tensor grad;                // empty until a backward pass reaches it; Statistics never have one
  std::vector<Tensor> slots;  // momentum, moments, ...: each of value's shape

  // Keeps these slices of `axis` in value, gradient and slots alike.
  void keep(int axis, std::span<const int> indices);
};

using ParameterVisitor = std::function<void(Parameter&)>;

}  // namespace pare
