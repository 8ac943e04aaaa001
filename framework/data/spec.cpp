#include "framework/data/spec.h"

#include <algorithm>

#include "framework/base/decimal.h"
#include "framework/base/error.h"
#include "framework/config/without_defaults.h"

namespace pare {
namespace {

constexpr Word<Element> kElements[] = {{"u8", Element::U8}, {"f32", Element::F32}};
constexpr Word<Outputs> kOutputs[] = {
    {"as_named", Outputs::AsNamed}, {"labels", Outputs::Labels}, {"inputs", Outputs::Inputs}};
constexpr int kMostExtent = 1 << 24;

void floats(Fields& fields, const char* name, std::vector<float>& values, const Range& range,
            const char* help) {
  std::vector<double> decimals;
  for (const float value : values) decimals.push_back(shortest_decimal(value));
  fields.numbers(name, decimals, range, help);
  values.assign(decimals.begin(), decimals.end());
}

}  // namespace

int Spec::outputs() const {
  if (gives == Outputs::Inputs) return static_cast<int>(input.count());
  return static_cast<int>(classes.empty() ? values.size() : classes.size());
}

std::vector<bool> Spec::learns() const {
  std::vector<bool> each;
  for (const std::string& name : classes) each.push_back(std::ranges::find(learned, name) != learned.end());
  return each;
}

void Spec::describe(Fields& fields) {
  fields.text("data", data, "data set");
  fields.texts("classes", classes, "class names");
  fields.texts("values", values, "names of the numbers it gives, where it has no classes");
  fields.choice("gives", gives, std::span(kOutputs), "what outputs are");
  fields.texts("learned", learned, "classes whose inputs it gives again", Need::IfAny);
  floats(fields, "mean", normalisation.mean, Range::any(), "mean of inputs per channel, of bytes / 255");
  floats(fields, "deviation", normalisation.deviation, Range::above(0),
         "standard deviation of inputs per channel, of bytes / 255");
  std::vector<int> extents{input.height, input.width, input.channels};
  fields.integers("input", extents, Range::between(1, kMostExtent), "height, width, channels");
  fields.choice("element", input.element, kElements, "what inputs are stored as");
  fields.variant("preprocessing", preprocessing, preprocessing_table(),
                 "how a file becomes such an input, where each is a file", Need::IfAny);
  require(extents.size() == 3, Failure::Data, "input has ", extents.size(), " extents instead of 3");
  input = {extents[0], extents[1], extents[2], input.element};
}

Json without_usual(Json spec) {
  Json rest = Json::object();
  for (const auto& [name, value] : spec.members())
    if (!(name == "values" && value.items().empty()) && !(name == "element" && value.string() == "u8") &&
        !(name == "gives" && value.string() == "as_named"))
      rest.set(name, name == "preprocessing" ? without_defaults(value, preprocessing_table()) : value);
  return rest;
}

void require_consistent(const Spec& spec, const std::string& where) {
  const auto channels = static_cast<size_t>(spec.input.channels);
  require(spec.normalisation.mean.size() == channels && spec.normalisation.deviation.size() == channels,
          Failure::Data, where, ": normalisation of ", spec.normalisation.mean.size(),
          " channels for images of ", channels, "; the file is damaged");
  for (const std::string& name : spec.learned)
    require(std::ranges::find(spec.classes, name) != spec.classes.end(), Failure::Data, where,
            ": learned class '", name, "' is none of its classes; the file is damaged");
  if (spec.preprocessing) spec.preprocessing->require_fits(spec.input, where + ": preprocessing");
}

}  // namespace pare
