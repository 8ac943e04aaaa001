#include "train/metrics/measures.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace pare {
namespace {

double mean(const Tensor& tensor) {
  double sum = 0;
  for (const float value : tensor.floats()) sum += value;
  return sum / static_cast<double>(tensor.size());
}

// One number for each channel the layer began with: the bits that its levels use, log2(2m + 1) up to the
// largest one m, to one decimal, or 0 once it is gone. (A living channel has at least 0.1, so that 0 says
// just one thing.) Learnt depths may lie far above: without the size loss nothing pulls down what no level
// needs.
Json channel_bits(const Network::Node& node, const WeightCode& code) {
  std::vector<Json> all(static_cast<size_t>(node.original_channels), Json(0));
  const auto row = static_cast<size_t>(code.shape.row());
  for (size_t i = 0; i < node.channels.size(); ++i) {
    int32_t largest = 0;
    for (const int32_t level : std::span(code.levels).subspan(i * row, row))
      largest = std::max(largest, std::abs(level));
    all[static_cast<size_t>(node.channels[i])] =
        std::max(1.0, std::round(10 * std::log2(2.0 * largest + 1))) / 10;
  }
  return Json::array(std::move(all));
}

}  // namespace

double rounded(double value) {
  const std::string digits = text(value);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string channels_of(const Network& network) {
  std::string channels;
  for (const Network::Node& node : network.nodes())
    if (node.layer->weight() != nullptr)
      channels += (channels.empty() ? "" : "-") + std::to_string(node.channels.size());
  return channels;
}

int64_t live_channels(const Network& network) {
  int64_t live = 0;
  for (const Network::Node& node : network.nodes())
    if (node.layer->weight() != nullptr) live += std::ssize(node.channels);
  return live;
}

Json layer_measures(const Network& network) {
  Json layers = Json::array();
  for (const Network::Node& node : network.nodes()) {
    Weight* const weight = node.layer->weight();
    if (weight == nullptr) continue;
    Json layer = Json::object({{"name", node.name},
                               {"channels", node.channels.size()},
                               {"original_channels", node.original_channels}});
    if (const Parameter* bits = weight->bits()) {
      layer.set("bits", rounded(mean(bits->value)));
      layer.set("channel_bits", channel_bits(node, weight->code()));
      layer.set("exponent", rounded(mean(weight->exponents()->value)));
      const auto exponents = weight->exponents()->value.floats();
      layer.set("exponents", Json::array({rounded(*std::min_element(exponents.begin(), exponents.end())),
                                          rounded(*std::max_element(exponents.begin(), exponents.end()))}));
    }
    layers.push(std::move(layer));
  }
  return layers;
}

// Of layers whose bits are learnt. 2 are the least that these can start with: below it they have moved.
std::string layers_with_equal_bits(const Network& network) {
  constexpr float kMoved = 0.01f;  // of a bit, between two channels
  constexpr float kLeastAtStart = 2;
  std::string names;
  for (const Network::Node& node : network.nodes()) {
    const Parameter* const bits = node.layer->weight() == nullptr ? nullptr : node.layer->weight()->bits();
    if (bits == nullptr || !bits->is(ParameterTag::Bits) || bits->value.size() < 2 ||
        bits->value.size() != node.original_channels)
      continue;
    const auto values = bits->value.floats();
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    if (*least >= kLeastAtStart && *most - *least < kMoved) names += (names.empty() ? "" : ", ") + node.name;
  }
  return names;
}

}  // namespace pare
