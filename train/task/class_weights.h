// ClassWeights: how much an example of each class counts in training: "none", "balanced", or a list.
#pragma once

#include "framework/config/fields/value.h"
#include "framework/data/source.h"

namespace pare {

struct ClassWeights {
  enum class Kind { None, Balanced, Listed } kind = Kind::None;
  std::vector<double> listed{};  // of each class, in the order of the classes

  // One a class; none: all count the same. Balanced: examples / (classes * examples of the class), so that
  // all classes count the same together, and an example 1 on average; of the classes that have examples.
  // Throws Failure::Usage when there are not as many as classes.
  std::vector<float> of(const Spec& spec, const Source& train) const;
};

// As a config has it.
class ClassWeightsValue final : public Value {
 public:
  explicit ClassWeightsValue(ClassWeights& weights) : weights_(weights) {}
  std::string expectation() const override;
  void read(const Json& json, const Place& place) override;
  Json write() override;
  Json schema(Definitions&) override;

 private:
  ClassWeights& weights_;
};

}  // namespace pare
