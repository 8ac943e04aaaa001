#include "layers/per_axis_value.h"

namespace pare {

void PerAxisValue::read(const Json& json, const Place& place) {
  if (json.is_number()) {
    int both = 0;
    IntegerValue<int>(both, range_).read(json, place);
    value_ = both;
    return;
  }
  if (!json.is_array() || json.items().size() != 2) place.expected(expectation(), json);
  IntegerValue<int>(value_.height, range_).read(json.items()[0], place.item(0));
  IntegerValue<int>(value_.width, range_).read(json.items()[1], place.item(1));
}

Json PerAxisValue::write() {
  return value_.is_square() ? Json(value_.height) : Json::array({value_.height, value_.width});
}

Json PerAxisValue::schema(Definitions& definitions) {
  const Json one = IntegerValue<int>(value_.height, range_).schema(definitions);
  const Json two = Json::object({{"type", "array"}, {"items", one}, {"minItems", 2}, {"maxItems", 2}});
  return Json::object({{"anyOf", Json::array({one, two})}});
}

}  // namespace pare
