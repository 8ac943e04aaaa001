#include "train/report/contact_sheet.h"

#include <algorithm>

#include "framework/data/spread.h"
#include "framework/json/json.h"
#include "train/report/embedded.h"
#include "train/report/thumbnail.h"

namespace pare {
namespace {

constexpr size_t kOfEachClass = 12;
constexpr size_t kMostExamples = 1200;  // of a page
constexpr size_t kWithoutClasses = 60;

// At most so many of these examples.
Json shown(const Dataset& data, const std::vector<int>& indices, size_t most) {
  const Source& source = *data.train;
  std::vector<Json> examples;
  std::vector<std::byte> buffer;
  for (const int at : spread(indices.size(), most)) try {
      const int index = indices[static_cast<size_t>(at)];
      Json example = thumbnail(data.spec, source.read(index, buffer));
      example.set("name", source.name(index));
      Json values = Json::array();
      for (const float value : source.values(index)) values.push(double{value});
      if (!values.items().empty()) example.set("values", std::move(values));
      examples.push_back(std::move(example));
    } catch (const Error& error) {
      if (error.failure() != Failure::Data) throw;
    }
  return Json::array(std::move(examples));
}

Json groups_of(const Dataset& data, const PartSurvey& train) {
  const size_t classes = data.spec.classes.size();
  std::vector<std::vector<int>> members(std::max<size_t>(1, classes));
  for (int i = 0; i < data.train->count(); ++i)
    members[classes == 0 ? 0 : static_cast<size_t>(data.train->label(i))].push_back(i);
  const size_t each =
      classes == 0 ? kWithoutClasses : std::clamp<size_t>(kMostExamples / classes, 1, kOfEachClass);
  Json groups = Json::array();
  for (size_t c = 0; c < members.size() && c < kMostExamples; ++c)
    groups.push(Json::object({{"name", classes == 0 ? "all" : data.spec.classes[c]},
                              {"count", classes == 0 ? train.examples : train.of_class[c]},
                              {"examples", shown(data, members[c], each)}}));
  return groups;
}

}  // namespace

std::string contact_sheet(const Dataset& data, const Survey& found) {
  const InputShape& input = data.spec.input;
  const Json content = Json::object(
      {{"data", data.spec.data},
       {"input", Json::array({input.height, input.width, input.channels})},
       {"numbers", names_of_numbers(data.spec)},
       {"values", Json::array(std::vector<Json>(data.spec.values.begin(), data.spec.values.end()))},
       {"groups", groups_of(data, found.parts.front())}});
  return page_of({"draw.js", "sheet.js"}, content);
}

}  // namespace pare
