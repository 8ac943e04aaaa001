#include "framework/config/fields/range.h"

#include <cmath>

namespace pare {
namespace {

// 1 rather than 1.0: the schema of an integer field reads better so.
Json bound(double value) {
  const bool whole = value == std::trunc(value) && std::abs(value) < 0x1p53;
  return whole ? Json(static_cast<int64_t>(value)) : Json(value);
}

}  // namespace

Range Range::from(double low, End end) const {
  Range range = *this;
  range.low_ = low;
  range.low_end_ = end;
  return range;
}

Range Range::to(double high, End end) const {
  Range range = *this;
  range.high_ = high;
  range.high_end_ = end;
  return range;
}

bool Range::contains(double value) const {
  const bool high_enough = low_end_ == End::Closed ? value >= low_ : value > low_;
  const bool low_enough = high_end_ == End::Closed ? value <= high_ : value < high_;
  return high_enough && low_enough;
}

std::string Range::text() const {
  if (std::isinf(low_) && std::isinf(high_)) return "";
  const char* const opening = low_end_ == End::Closed ? " in [" : " in (";
  return opening + shortest(low_) + ", " + shortest(high_) + (high_end_ == End::Closed ? "]" : ")");
}

void Range::limit(Json& schema) const {
  if (std::isfinite(low_)) schema.set(low_end_ == End::Closed ? "minimum" : "exclusiveMinimum", bound(low_));
  if (std::isfinite(high_))
    schema.set(high_end_ == End::Closed ? "maximum" : "exclusiveMaximum", bound(high_));
}

}  // namespace pare
