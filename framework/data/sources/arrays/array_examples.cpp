#include "framework/data/sources/arrays/array_examples.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/base/error.h"
#include "framework/data/sources/arrays/byte_set.h"

namespace pare {
namespace {

constexpr int64_t kMostClass = 65535;
constexpr int64_t kMostExtent = 1 << 24;
constexpr size_t kByteClasses = 256;

InputShape shape_of(const NpyArray& inputs) {
  const std::vector<int64_t>& shape = inputs.shape;
  const auto extent = [&](size_t axis) { return static_cast<int>(shape[axis]); };
  const Element element = inputs.is_bytes() ? Element::U8 : Element::F32;
  if (shape.size() == 2) return {1, 1, extent(1), element};
  if (shape.size() == 3) return {extent(1), extent(2), 1, element};
  return {extent(1), extent(2), extent(3), element};
}

// Rows of one 1 and 0 otherwise: classes, as other programs want them, and no numbers to predict.
bool are_one_hot(const NpyArray& labels) {
  if (labels.shape.size() != 2 || labels.shape[1] < 2) return false;
  const std::vector<float> numbers = labels.floats();
  const int64_t each = labels.shape[1];
  for (int64_t i = 0; i < labels.count(); i += each) {
    const auto row = numbers.begin() + i;
    if (std::count(row, row + each, 1.0f) != 1 || std::count(row, row + each, 0.0f) != each - 1) return false;
  }
  return true;
}

}  // namespace

int ArrayPair::values_each() const {
  return labels.shape.size() == 1 ? 1 : static_cast<int>(labels.shape[1]);
}

void require_usable(const ArrayPair& pair) {
  const auto& [inputs, labels] = pair;
  require(inputs.shape.size() >= 2 && inputs.shape.size() <= 4, Failure::Data, inputs.name, ": is ",
          inputs.described(),
          ", expected inputs (N,C), (N,H,W) or (N,H,W,C); x.reshape(len(x), -1) makes (N,C)");
  require(inputs.shape[0] <= std::numeric_limits<int>::max(), Failure::Data, inputs.name, ": has ",
          inputs.shape[0], " examples, too many to be counted in 32 bits");
  for (size_t axis = 1; axis < inputs.shape.size(); ++axis)
    require(inputs.shape[axis] <= kMostExtent, Failure::Data, inputs.name, ": is ", inputs.described(),
            ", at most ", kMostExtent, " each way are allowed");
  require(!labels.shape.empty() && labels.shape[0] == inputs.shape[0], Failure::Data, labels.name, ": is ",
          labels.described(), ", expected ", inputs.shape[0], " labels for the inputs of ", inputs.name);
  require(!are_one_hot(labels), Failure::Data, labels.name, ": is ", labels.described(),
          " of one 1 a row, expected the class's number; convert: y.argmax(axis=1)");
  const bool one_each = labels.shape.size() == 1 || (labels.shape.size() == 2 && labels.shape[1] == 1);
  require(one_each || (labels.is_float() && labels.shape.size() == 2), Failure::Data, labels.name, ": is ",
          labels.described(),
          ", expected labels (N) or (N,1) of integers, or values (N) or (N,K) of floats to predict");
}

std::vector<std::string> class_numbers(const ArrayPair& pair) {
  const std::vector<int32_t> labels = pair.labels.integers(kMostClass);
  const int32_t largest = *std::max_element(labels.begin(), labels.end());
  std::vector<std::string> names;
  for (int32_t i = 0; i <= largest; ++i) names.push_back(std::to_string(i));
  return names;
}

std::shared_ptr<const Source> examples_of(ArrayPair pair, size_t classes) {
  const InputShape shape = shape_of(pair.inputs);
  Asked asked;
  if (pair.has_values()) {
    asked.values = pair.labels.floats();
    asked.values_each = pair.values_each();
    const auto bad = std::find_if_not(asked.values.begin(), asked.values.end(),
                                      [](float number) { return std::isfinite(number); });
    require(bad == asked.values.end(), Failure::Data, pair.labels.name, ": number ",
            bad - asked.values.begin(), " is no finite f32; leave the example out");
  } else {
    asked.classes = pair.labels.integers(static_cast<int64_t>(classes) - 1);
  }
  if (shape.element == Element::U8) {
    if (pair.has_values() || classes > kByteClasses)
      return std::make_shared<ByteSet>(shape, std::move(pair.inputs.bytes), std::move(asked));
    std::vector<uint8_t> labels(asked.classes.begin(), asked.classes.end());
    return std::make_shared<ImageSet>(shape.height, shape.width, shape.channels, std::move(pair.inputs.bytes),
                                      std::move(labels));
  }
  std::vector<float> numbers = pair.inputs.floats();
  const auto bad =
      std::find_if_not(numbers.begin(), numbers.end(), [](float number) { return std::isfinite(number); });
  require(bad == numbers.end(), Failure::Data, pair.inputs.name, ": number ",
          (bad - numbers.begin()) % shape.count(), " of example ", (bad - numbers.begin()) / shape.count(),
          " is no finite f32; leave the example out, or put a number in its place");
  if (pair.has_values())
    return std::make_shared<ArraySet>(shape, std::move(numbers), std::move(asked.values), asked.values_each);
  return std::make_shared<ArraySet>(shape, std::move(numbers), std::move(asked.classes));
}

}  // namespace pare
