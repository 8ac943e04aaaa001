// Parameter: what a network learns or remembers: value, gradient and the optimiser's slots, which shrink
// together.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "framework/tensor/tensor.h"

namespace pare {

// What a parameter is.
enum class ParameterTag : uint8_t {
  Weight,
  Bias,
  Normalisation,
  Bits,
  Exponents,
  Gate,
  ActivationStep,
  Statistic
};

// "weight", "bias", "normalisation", "bits", "exponents", "gate", "activation_step", "statistic": as configs
// call them.
const char* name(ParameterTag tag);
constexpr ParameterTag kParameterTags[] = {
    ParameterTag::Weight,    ParameterTag::Bias, ParameterTag::Normalisation,  ParameterTag::Bits,
    ParameterTag::Exponents, ParameterTag::Gate, ParameterTag::ActivationStep, ParameterTag::Statistic};

// A set of tags, a bit each.
class ParameterTags {
 public:
  constexpr ParameterTags() = default;
  constexpr ParameterTags(ParameterTag tag) : bits_(1u << static_cast<unsigned>(tag)) {}
  constexpr ParameterTags(std::initializer_list<ParameterTag> tags) {
    for (const ParameterTag tag : tags) bits_ |= ParameterTags(tag).bits_;
  }
  static constexpr ParameterTags all() {
    ParameterTags tags;
    tags.bits_ = ~0u;
    return tags;
  }
  constexpr bool has(ParameterTag tag) const { return meets(tag); }
  // Whether any tag is in both.
  constexpr bool meets(ParameterTags other) const { return (bits_ & other.bits_) != 0; }

 private:
  unsigned bits_ = 0;
};

// "weight, bias"
std::string name_list(ParameterTags tags);

struct Parameter {
  std::string name;  // dotted path, unique in its network: "3.conv2d.weight.bits"
  ParameterTags tags = ParameterTag::Weight;
  Tensor value;               // f32
  Tensor grad;                // empty until a backward pass reaches it; Statistics never have one
  std::vector<Tensor> slots;  // momentum, moments, ...: each of value's shape
  Tensor importance{};        // (O), of each slice of axis 0, where a method measures it; otherwise empty

  // How it learns. One that is not trainable stands still: it has no gradient and no slots, and nothing that
  // runs while training goes on may change its value.
  bool trainable = true;
  double rate = 1;                       // factor on the learning rate of whatever moves it
  std::optional<double> weight_decay{};  // none: the optimiser's for weights, 0 for all else

  bool is(ParameterTag tag) const { return tags.has(tag); }
  // Keeps these slices of `axis` in value, gradient and slots alike.
  void keep(int axis, std::span<const int> indices);
};

using ParameterVisitor = std::function<void(Parameter&)>;

}  // namespace pare
