#include "train/task/class_weights.h"

#include <algorithm>

#include "framework/config/place.h"
#include "framework/config/suggest.h"
#include "framework/data/class_counts.h"

namespace pare {
namespace {

constexpr double kLargest = 1e6;

}  // namespace

std::vector<float> ClassWeights::of(const Spec& spec, const Source& train) const {
  if (kind == Kind::None) return {};
  const size_t classes = spec.classes.size();
  if (kind == Kind::Listed) {
    require(listed.size() == classes, Failure::Usage, "loss.class_weights: ", listed.size(), " weights, but ",
            spec.data, " has ", classes, " classes: ", comma_list(spec.classes));
    return {listed.begin(), listed.end()};
  }
  const std::vector<int64_t> examples = class_counts(train, classes);
  const auto present = std::count_if(examples.begin(), examples.end(), [](int64_t n) { return n > 0; });
  std::vector<float> weights;
  for (const int64_t count : examples)
    weights.push_back(count == 0 ? 0.0f
                                 : static_cast<float>(static_cast<double>(train.count()) /
                                                      static_cast<double>(present * count)));
  return weights;
}

std::string ClassWeightsValue::expectation() const {
  return "\"none\", \"balanced\" or a list of numbers from 0 to 1e6, one a class and not all 0";
}

void ClassWeightsValue::read(const Json& json, const Place& place) {
  if (json == Json("none") || json == Json("balanced")) {
    weights_ = {json == Json("none") ? ClassWeights::Kind::None : ClassWeights::Kind::Balanced};
    return;
  }
  if (!json.is_array()) place.expected(expectation(), json);
  weights_ = {ClassWeights::Kind::Listed};
  for (const Json& weight : json.items()) {
    if (!weight.is_number() || !(weight.number() >= 0) || weight.number() > kLargest)
      place.item(weights_.listed.size()).expected("a number from 0 to 1e6", weight);
    weights_.listed.push_back(weight.number());
  }
  if (std::none_of(weights_.listed.begin(), weights_.listed.end(), [](double weight) { return weight > 0; }))
    place.expected(expectation(), json);
}

Json ClassWeightsValue::write() {
  if (weights_.kind == ClassWeights::Kind::None) return "none";
  if (weights_.kind == ClassWeights::Kind::Balanced) return "balanced";
  Json list = Json::array();
  for (const double weight : weights_.listed) list.push(weight);
  return list;
}

Json ClassWeightsValue::schema(Definitions&) {
  return Json::object(
      {{"anyOf",
        Json::array(
            {Json::object({{"enum", Json::array({"none", "balanced"})}}),
             Json::object(
                 {{"type", "array"},
                  {"items", Json::object({{"type", "number"}, {"minimum", 0}, {"maximum", kLargest}})}})})}});
}

}  // namespace pare
