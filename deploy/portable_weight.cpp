#include "deploy/portable_weight.h"

#include <algorithm>

#include "framework/kernels/quantisation/quantise.h"

namespace pare {
namespace {

template <class T>
std::vector<T> channels_first(std::span<const T> from, const Shape& shape) {
  const int64_t taps = shape[1] * shape[2], channels = shape[3];
  std::vector<T> to(from.size());
  for (int64_t o = 0; o < shape[0]; ++o)
    for (int64_t tap = 0; tap < taps; ++tap)
      for (int64_t i = 0; i < channels; ++i)
        to[(o * channels + i) * taps + tap] = from[(o * taps + tap) * channels + i];
  return to;
}

}  // namespace

PortableWeight portable_weight(const WeightCode& code, AxisOrder order) {
  PortableWeight weight{code.shape, {}, {}, {}, false};
  const Tensor values = materialise(code);
  weight.values.assign(values.floats().begin(), values.floats().end());
  if (!code.levels.empty()) {
    const auto [low, high] = std::minmax_element(code.levels.begin(), code.levels.end());
    weight.wide = *low < INT8_MIN || *high > INT8_MAX;
  }
  if (!code.levels.empty() && !weight.wide) {
    for (const int32_t level : code.levels) weight.levels.push_back(static_cast<int8_t>(level));
    for (const float exponent : code.exponents) weight.steps.push_back(step_size(exponent));
  }
  if (order == AxisOrder::ChannelsFirst) {
    weight.values = channels_first<float>(weight.values, code.shape);
    if (!weight.levels.empty()) weight.levels = channels_first<int8_t>(weight.levels, code.shape);
    weight.shape = {code.shape[0], code.shape[3], code.shape[1], code.shape[2]};
  }
  return weight;
}

}  // namespace pare
