// Length: how long something lasts, or when it happens, in epochs or in iterations (steps).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "framework/json/json.h"

namespace pare {

struct Length {
  enum class Unit { Epochs, Iterations };

  double count = 0;  // a whole number of iterations, perhaps a fraction of epochs
  Unit unit = Unit::Epochs;

  // In iterations, rounded to the nearest.
  int64_t iterations(int64_t iterations_per_epoch) const;

  friend bool operator==(const Length&, const Length&) = default;
};

// 20, 0.5 and "20ep" are epochs, "500it" iterations; anything else, or less than nothing, is no length.
std::optional<Length> length_from(const Json& json);
// A number for epochs, "500it" for iterations.
Json to_json(const Length& length);

// The pattern of a length given as a string, for the JSON Schema.
inline constexpr const char* kLengthPattern = "^([0-9]+(\\.[0-9]+)?ep|[0-9]+it)$";

}  // namespace pare
