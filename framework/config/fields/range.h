// Range: the numbers a field accepts, as an interval whose ends may be open.
#pragma once

#include <limits>
#include <string>

#include "framework/json/json.h"

namespace pare {

// Range::above(0), Range::at_least(1).up_to(8), Range::at_least(0).below(1)
class Range {
 public:
  static Range any() { return {}; }
  static Range above(double low) { return Range().from(low, End::Open); }
  static Range at_least(double low) { return Range().from(low, End::Closed); }
  static Range between(double low, double high) { return at_least(low).up_to(high); }  // both included

  Range below(double high) const { return to(high, End::Open); }
  Range up_to(double high) const { return to(high, End::Closed); }

  bool contains(double value) const;
  std::string text() const;  // " in [0, 1)", or "" for any
  // Adds minimum, maximum and their exclusive kin to a JSON Schema.
  void limit(Json& schema) const;

 private:
  enum class End { Open, Closed };
  Range from(double low, End end) const;
  Range to(double high, End end) const;

  double low_ = -std::numeric_limits<double>::infinity();
  double high_ = std::numeric_limits<double>::infinity();
  End low_end_ = End::Open;
  End high_end_ = End::Open;
};

}  // namespace pare
