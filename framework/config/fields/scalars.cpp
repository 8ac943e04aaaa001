#include "framework/config/fields/scalars.h"

#include <cmath>
#include <limits>

#include "framework/config/suggest.h"

namespace pare {

void FlagValue::read(const Json& json, const Place& place) {
  if (!json.is_boolean()) place.expected(expectation(), json);
  value_ = json.boolean();
}

// 20.0 and 1e3 are integers, too, as JSON Schema sees it.
template <class T>
void IntegerValue<T>::read(const Json& json, const Place& place) {
  if (!json.is_number()) place.expected(expectation(), json);
  const double number = json.number();
  if (number != std::trunc(number) || !range_.contains(number)) place.expected(expectation(), json);
  const bool exact = json.is_integer() || std::abs(number) < 0x1p53;
  const int64_t integer = json.is_integer() ? json.integer() : exact ? static_cast<int64_t>(number) : 0;
  if (!exact || !std::in_range<T>(integer)) place.fail(summary(json), " is too large for this field");
  value_ = static_cast<T>(integer);
}

template <class T>
Json IntegerValue<T>::schema(Definitions&) {
  Json schema = Json::object({{"type", "integer"}});
  range_.limit(schema);
  return schema;
}

template class IntegerValue<int>;
template class IntegerValue<int64_t>;
template class IntegerValue<uint64_t>;

namespace {

// The float that a number becomes where it is computed with. Kernels take what is below the normal ones for
// 0.
double as_float(double number) {
  if (std::fabs(number) < std::numeric_limits<float>::min()) return 0;
  return std::fabs(number) > std::numeric_limits<float>::max() ? std::copysign(HUGE_VAL, number)
                                                               : static_cast<float>(number);
}

}  // namespace

void NumberValue::read(const Json& json, const Place& place) {
  if (!json.is_number() || !range_.contains(json.number())) place.expected(expectation(), json);
  value_ = json.number();
  if (const double narrow = as_float(value_); !range_.contains(narrow))
    place.fail(summary(json), " is ", narrow, " in 32 bits, with which we compute; expected ", expectation());
}

Json NumberValue::schema(Definitions&) {
  Json schema = Json::object({{"type", "number"}});
  range_.limit(schema);
  return schema;
}

void TextValue::read(const Json& json, const Place& place) {
  if (!json.is_string()) place.expected(expectation(), json);
  value_ = json.string();
}

std::string WordValue::expectation() const { return "one of: " + comma_list(words_); }

void WordValue::read(const Json& json, const Place& place) {
  if (!json.is_string()) place.expected(expectation(), json);
  for (const std::string& word : words_) {
    if (word != json.string()) continue;
    value_ = word;
    return;
  }
  place.fail("unknown value '", json.string(), '\'', did_you_mean(json.string(), words_, "values"));
}

Json WordValue::schema(Definitions&) {
  return Json::object({{"enum", Json::array({words_.begin(), words_.end()})}});
}

std::string LengthValue::expectation() const {
  return "a length" + range_.text() + " such as 20 or \"20ep\" (epochs) or \"500it\" (iterations)";
}

void LengthValue::read(const Json& json, const Place& place) {
  const std::optional<Length> length = length_from(json);
  if (!length || !range_.contains(length->count)) place.expected(expectation(), json);
  value_ = *length;
}

Json LengthValue::schema(Definitions&) {
  Json number = Json::object({{"type", "number"}, {"minimum", 0}});
  range_.limit(number);
  return Json::object(
      {{"anyOf", Json::array({number, Json::object({{"type", "string"}, {"pattern", kLengthPattern}})})}});
}

}  // namespace pare
