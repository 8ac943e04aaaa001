#include "train/distillation/teacher_config.h"

#include "framework/config/place.h"

namespace pare {
namespace {

// One file's name, or a list of them.
class FileNames : public Value {
 public:
  explicit FileNames(std::vector<std::string>& names) : names_(names) {}

  std::string expectation() const override {
    return "a file or a run's directory, a list of such, or \"own\"";
  }
  void read(const Json& json, const Place& place) override {
    names_.clear();
    if (json.is_string()) {
      take(json, place);
      return;
    }
    if (!json.is_array() || json.items().empty()) place.expected(expectation(), json);
    for (const Json& item : json.items()) take(item, place.item(names_.size()));
    for (size_t i = 0; i < names_.size(); ++i)
      if (names_.size() > 1 && names_[i] == TeacherConfig::kOwn)
        place.item(i).expected("a file or a run's directory beside others", json.items()[i]);
  }
  Json write() override {
    return names_.size() == 1 ? Json(names_.front())
                              : Json::array(std::vector<Json>(names_.begin(), names_.end()));
  }
  Json schema(Definitions&) override {
    const Json name = Json::object({{"type", "string"}, {"minLength", 1}});
    const Json list = Json::object({{"type", "array"}, {"items", name}, {"minItems", 1}});
    return Json::object({{"anyOf", Json::array({name, list})}});
  }

 private:
  void take(const Json& json, const Place& place) {
    if (!json.is_string() || json.string().empty()) place.expected("a file or a run's directory", json);
    names_.push_back(json.string());
  }

  std::vector<std::string>& names_;
};

}  // namespace

void TeacherConfig::describe(Fields& fields) {
  FileNames value(models);
  fields.field({"model",
                "who teaches: a model.pare, a checkpoint or a run's directory; a list of such, whose answers "
                "are averaged; or own: the same network, dense, which `pare train` trains first",
                Need::Required},
               value);
  fields.number("temperature", temperature, Range::between(0.1, 1000),
                "by which scores are divided before softmax: the higher, the more unlikely classes tell");
  fields.number("weight", weight, Range::between(0, 1),
                "share of the teacher in the loss; the rest is that of the examples' own answers");
  fields.flag("fade", fade, "the share falls linearly to 0 by the end of the run");
}

}  // namespace pare
