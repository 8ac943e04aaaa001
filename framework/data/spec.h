// Spec: what examples are: the raw input, how it becomes the numbers a network reads, and what outputs stand
// for. It travels in the model file, so that inputs are prepared the same way wherever it runs.
#pragma once

#include <string>
#include <vector>

#include "framework/data/input_shape.h"
#include "framework/data/preprocessing/preprocessing.h"
#include "framework/json/json.h"

namespace pare {

// What brings inputs to mean 0 and deviation 1, per channel: x -> (x - mean) / deviation, where x is a byte
// divided by 255, or the float itself.
struct Normalisation {
  std::vector<float> mean, deviation;

  int channels() const { return static_cast<int>(mean.size()); }
};

// What a network's outputs are.
enum class Outputs : uint8_t {
  AsNamed,  // a score of each class, compared by softmax; or each value
  Labels,   // of each value, which is a label, the logarithm of the odds that it is there
  Inputs,   // its normalised input again (train/task/reconstruction.h)
};

struct Spec {
  std::string data;                  // the data it was made from
  std::vector<std::string> classes;  // what outputs stand for: scores of these classes,
  Normalisation normalisation;
  InputShape input{};
  std::vector<std::string> values{};       // or, when there are no classes, numbers with these names
  Variant<Preprocessing> preprocessing{};  // of the files that inputs are made of; empty: of no such files

  Outputs gives = Outputs::AsNamed;
  std::vector<std::string> learned{};  // where it gives inputs: those of the classes that are usual

  // How many outputs there are.
  int outputs() const;
  // Whether outputs are scores of classes, one of which is right.
  bool tells_classes() const { return gives == Outputs::AsNamed && !classes.empty(); }
  // Of each class, whether it is one of `learned`.
  std::vector<bool> learns() const;

  // As model files and checkpoints store it.
  void describe(Fields& fields);
};

// Leaves out members at their usual values that older files do not have, and of the preprocessing all fields
// at their defaults.
Json without_usual(Json spec);
// Throws Failure::Data naming `where` when its parts contradict each other.
void require_consistent(const Spec& spec, const std::string& where);

}  // namespace pare
