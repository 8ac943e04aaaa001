// PerAxisValue: a config field that is one whole number, or one for the height and one for the width: 3 or
// [3, 1].
#pragma once

#include "framework/base/per_axis.h"
#include "framework/config/fields/scalars.h"

namespace pare {

class PerAxisValue final : public Value {
 public:
  PerAxisValue(PerAxis& value, const Range& range) : value_(value), range_(range) {}
  std::string expectation() const override {
    return "an integer" + range_.text() + ", or two: [height, width]";
  }
  void read(const Json& json, const Place& place) override;
  Json write() override;
  Json schema(Definitions& definitions) override;

 private:
  PerAxis& value_;
  Range range_;
};

}  // namespace pare
