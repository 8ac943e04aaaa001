// Spec: what examples are: the raw input, how it becomes the numbers a network reads, and what outputs stand
// for. It travels in the model file, so that inputs are prepared the same way wherever it runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "framework/json/json.h"

namespace pare {

class Fields;

// How a raw input's numbers are stored: pixels as bytes, measurements as floats.
enum class Element { U8, F32 };

// The extents of one raw input, (H,W,C) in memory.
struct InputShape {
  int height = 1, width = 1, channels = 1;
  Element element = Element::U8;

  int64_t count() const { return int64_t{height} * width * channels; }
  size_t bytes() const { return static_cast<size_t>(count()) * (element == Element::U8 ? 1 : sizeof(float)); }
  bool operator==(const InputShape&) const = default;
};

// What brings inputs to mean 0 and deviation 1, per channel: x -> (x - mean) / deviation, where x is a byte
// divided by 255, or the float itself.
struct Normalisation {
  std::vector<float> mean, deviation;

  int channels() const { return static_cast<int>(mean.size()); }
};

struct Spec {
  std::string data;                  // the data it was made from
  std::vector<std::string> classes;  // what outputs stand for: scores of these classes,
  Normalisation normalisation;
  InputShape input{};
  std::vector<std::string> values{};  // or, when there are no classes, numbers with these names

  int outputs() const { return static_cast<int>(classes.empty() ? values.size() : classes.size()); }

  // As model files and checkpoints store it.
  void describe(Fields& fields);
};

// Leaves out members at their usual values that older files do not have.
Json without_usual(Json spec);
// Throws Failure::Data naming `where` when its parts contradict each other.
void require_consistent(const Spec& spec, const std::string& where);

}  // namespace pare
