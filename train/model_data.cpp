#include "train/model_data.h"

#include <algorithm>
#include <filesystem>

#include "framework/config/config.h"
#include "framework/config/suggest.h"
#include "train/config/config_file.h"

namespace pare {
namespace {

namespace fs = std::filesystem;

// What a config says of data and of what is minimised; the rest of it does not matter here.
struct Said {
  DataConfig data;
  Variant<LossConfig> loss = choose(loss_table(), "auto");
};

struct LossOnly {
  Variant<LossConfig> loss = choose(loss_table(), "auto");
  void describe(Fields& fields) { fields.variant("loss", loss, loss_table(), "what is minimised"); }
};

std::optional<Said> said_in(const std::string& config) {
  const Json json = load_config(config, {}).json;
  const Json* const data = json.is_object() ? json.find("data") : nullptr;
  if (data == nullptr) return std::nullopt;
  Said said{read_config<DataConfig>(*data, config + " (data)")};
  if (const Json* const loss = json.find("loss"))
    said.loss = read_config<LossOnly>(Json::object({{"loss", *loss}}), config).loss;
  return said;
}

// Of the run, or of the lottery whose replicate_R/level_L/ROLE the model is in.
std::optional<Said> said_beside(const fs::path& model) {
  for (const char* const config : {"config.json", "../../../config.json"}) {
    const fs::path path = model.parent_path() / config;
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) continue;
    if (auto said = said_in(path.string()); said && said->data.source) return said;
  }
  return std::nullopt;
}

bool is_known(const std::string& name) {
  const std::vector<std::string> names = dataset_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string extents(const InputShape& input) {
  return text('(', input.height, ',', input.width, ',', input.channels, ')');
}

}  // namespace

namespace {

// A known data set, asked as the model's file says.
ModelData of_file(const ModelFile& model, Dataset data) {
  data.spec.gives = model.spec.gives;
  data.spec.learned = model.spec.learned;
  return {std::move(data), choose(loss_table(), "auto")};
}

}  // namespace

std::unique_ptr<Task> ModelData::task() const { return loss->make(data, 0); }

ModelData data_of_model(const std::string& path, const ModelFile& model, const std::string& config,
                        const std::string& data_directory, Part part) {
  std::optional<Said> said;
  if (!config.empty()) said = said_in(config);
  if (config.empty() && model.data) said = {*model.data, model.loss};
  if (!said && config.empty() && is_known(model.spec.data))
    return of_file(model, load_dataset(model.spec.data, data_directory, part));
  if (!said && config.empty()) said = said_beside(path);
  require(said.has_value(), Failure::Usage, config.empty() ? path : config, ": ",
          config.empty() ? text("was trained on '", model.spec.data,
                                "', and beside it is no config.json that says where "
                                "that is; give the config of its run: --config FILE")
                         : "has no section data");
  Dataset found = load_data(said->data, data_directory, part);
  said->loss->prepare(found);
  require_fits(path, model, found.spec);
  // Files of one's own may be others by now; names of classes say so.
  require(!said->data.source ||
              (found.spec.classes == model.spec.classes && found.spec.values == model.spec.values),
          Failure::Usage, path, ": tells apart ", comma_list(model.spec.classes),
          comma_list(model.spec.values), ", but ", found.spec.data, " asks for ",
          comma_list(found.spec.classes), comma_list(found.spec.values),
          "; take the files it was trained on");
  return {std::move(found), std::move(said->loss)};
}

void require_fits(const std::string& path, const ModelFile& model, const Spec& data) {
  const char* const what = model.spec.classes.empty() ? " values" : " classes";
  require(data.input == model.spec.input && data.classes.size() == model.spec.classes.size() &&
              data.values.size() == model.spec.values.size(),
          Failure::Usage, path, ": expects inputs ", extents(model.spec.input), " of ", model.spec.outputs(),
          what, ", but ", data.data, " has ", extents(data.input), " of ", data.outputs());
}

}  // namespace pare
