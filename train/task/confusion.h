// Confusion: how often examples of each class are taken for which class, and what follows from it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "framework/data/spec.h"
#include "framework/json/json.h"

namespace pare {

class Confusion {
 public:
  void add(int32_t truth, int32_t predicted);

  struct Counts {
    int64_t examples = 0, predicted = 0, right = 0;

    // right / predicted and right / examples; no number where that is nothing.
    double precision() const;
    double recall() const;
    // 2 right / (examples + predicted), the harmonic mean of both.
    double f1() const;
    void add(const Counts& other);
  };
  // Of each class up to the highest that was seen, or `least` of them.
  std::vector<Counts> by_class(size_t least = 0) const;
  // Mean F1 over the classes that examples have or are taken for. No number without examples.
  double macro_f1() const;

  struct Cell {
    int32_t truth, predicted;
    int64_t count;
  };
  std::vector<Cell> cells() const;  // those that are not zero, row by row
  // Mistakes, the most frequent first.
  std::vector<Cell> most_confused(size_t most) const;

 private:
  std::map<std::pair<int32_t, int32_t>, int64_t> cells_;  // sparse: of 10,000 classes few pairs occur
};

// [{"name", "examples", "predicted", "right", "precision", "recall", "f1"}, ...], null for what is no number.
Json counts_json(const std::vector<std::string>& names, const std::vector<Confusion::Counts>& counts);
// The same as a table; of many classes those with the lowest F1.
std::string counts_table(const char* noun, const std::vector<std::string>& names,
                         const std::vector<Confusion::Counts>& counts, int columns);
// The matrix, rows for classes and columns for what they are taken for, in at most `columns` characters;
// where it does not fit, the pairs that are confused most.
std::string confusion_table(const Confusion& confusion, const std::vector<std::string>& names, int columns);

}  // namespace pare
