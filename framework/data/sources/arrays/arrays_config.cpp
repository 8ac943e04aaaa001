#include "framework/data/sources/arrays/arrays_config.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/data/formats/npz.h"
#include "framework/data/sources/arrays/array_examples.h"
#include "framework/data/sources/data_file.h"
#include "framework/data/sources/subset.h"
#include "framework/files/file.h"

namespace pare {
namespace {

constexpr uint64_t kLargestFile = uint64_t{1} << 33;

// Names that others give the arrays of a data set: inputs, labels, and perhaps those to test on.
const std::vector<std::vector<std::string>>& usual_keys() {
  static const std::vector<std::vector<std::string>> keys{
      {"x_train", "y_train", "x_test", "y_test"},  // Keras
      {"X_train", "y_train", "X_test", "y_test"},
      {"train_images", "train_labels", "test_images", "test_labels"},  // MedMNIST
      {"images", "labels"},
      {"x", "y"},
      {"X", "y"},
      {"inputs", "labels"},
  };
  return keys;
}

bool has(const NpzFile& file, const std::string& key) {
  return std::find(file.names().begin(), file.names().end(), key) != file.names().end();
}

std::vector<std::string> found_keys(const NpzFile& file, const std::string& path) {
  std::vector<std::vector<std::string>> fitting;
  for (const auto& keys : usual_keys()) {
    if (!has(file, keys[0]) || !has(file, keys[1])) continue;
    const bool tests = keys.size() == 4 && has(file, keys[2]) && has(file, keys[3]);
    fitting.emplace_back(keys.begin(), keys.begin() + (tests ? 4 : 2));
  }
  require(
      fitting.size() == 1, Failure::Usage, path, ": ",
      fitting.empty() ? "none of its arrays has a name that is known for inputs and labels"
                      : "several of its arrays may be the inputs",
      "; say which they are: \"keys\": [\"INPUTS\", \"LABELS\", \"TEST INPUTS\", \"TEST LABELS\"], the last "
      "two only where there are some; it has ",
      comma_list(file.names()));
  return fitting.front();
}

// A file of one array: an .npy, or an .npz that holds one.
NpyArray read_array(const std::string& given, const std::string& data_directory) {
  const std::string path = find_data_file(given, data_directory);
  const std::vector<uint8_t> bytes = read_file(path, kLargestFile);
  if (!looks_like_zip(bytes)) return parse_npy(bytes, path);
  const NpzFile file(path);
  require(file.names().size() == 1, Failure::Usage, path, ": has ", file.names().size(),
          " arrays, expected one; give a file of several as \"path\"");
  return file.read(file.names().front());
}

// What the config's files hold.
struct Arrays {
  std::string file;  // that gives the data its name
  ArrayPair train;
  std::optional<ArrayPair> test;
  std::vector<std::string> unused;
};

Arrays from_one_file(const ArraysConfig& config, const std::string& data_directory) {
  const std::string path = find_data_file(config.path, data_directory);
  const NpzFile file(path);
  const std::vector<std::string> keys = config.keys.empty() ? found_keys(file, path) : config.keys;
  require(keys.size() == 2 || keys.size() == 4, Failure::Usage, "data.source.keys: ", keys.size(),
          " names, expected 2 (inputs, labels) or 4 (and those to test on)");
  Arrays arrays{path, {file.read(keys[0]), file.read(keys[1])}, std::nullopt, {}};
  if (keys.size() == 4) arrays.test = {file.read(keys[2]), file.read(keys[3])};
  for (const std::string& name : file.names())
    if (std::find(keys.begin(), keys.end(), name) == keys.end()) arrays.unused.push_back(name);
  return arrays;
}

Arrays from_files(const ArraysConfig& config, const std::string& data_directory) {
  require(!config.inputs.empty() && !config.labels.empty(), Failure::Usage,
          "data.source: give a file of all arrays, \"path\": \"FILE.npz\", or one each: \"inputs\" and "
          "\"labels\"");
  require(config.test_inputs.empty() == config.test_labels.empty(), Failure::Usage,
          "data.source: test_inputs and test_labels belong together; give both or neither");
  require(config.keys.empty(), Failure::Usage,
          "data.source.keys: names arrays in `path`, which is not given");
  Arrays arrays{find_data_file(config.inputs, data_directory),
                {read_array(config.inputs, data_directory), read_array(config.labels, data_directory)},
                std::nullopt,
                {}};
  if (!config.test_inputs.empty())
    arrays.test = {read_array(config.test_inputs, data_directory),
                   read_array(config.test_labels, data_directory)};
  return arrays;
}

// That training and test arrays are of one kind.
void require_alike(const ArrayPair& train, const ArrayPair& test) {
  const auto shape = [](const NpyArray& array) {
    return std::vector<int64_t>(array.shape.begin() + 1, array.shape.end());
  };
  require(shape(train.inputs) == shape(test.inputs) && train.inputs.is_bytes() == test.inputs.is_bytes(),
          Failure::Data, test.inputs.name, ": is ", test.inputs.described(), ", but the training inputs are ",
          train.inputs.described());
  require(train.has_values() == test.has_values() &&
              (!train.has_values() || train.values_each() == test.values_each()),
          Failure::Data, test.labels.name, ": is ", test.labels.described(), ", but the training labels are ",
          train.labels.described());
}

std::vector<int> indices_where(const std::vector<bool>& held, bool wanted) {
  std::vector<int> indices;
  for (size_t i = 0; i < held.size(); ++i)
    if (held[i] == wanted) indices.push_back(static_cast<int>(i));
  return indices;
}

void divide(Dataset& data, const HoldOut& hold) {
  const std::shared_ptr<const Source> all = data.train;
  std::vector<Unit> units;
  for (int i = 0; i < all->count(); ++i)
    units.push_back({draw_of(hold.split_seed, static_cast<uint64_t>(i)), all->label(i)});
  const std::vector<bool> held = hold_out(units, hold.test_share);
  data.train = std::make_shared<Subset>(all, indices_where(held, false));
  data.test = std::make_shared<Subset>(all, indices_where(held, true));
}

// Where channels may come first, which no header says.
bool may_be_channels_first(const std::vector<int64_t>& shape) {
  constexpr int64_t kSmallestImage = 5;
  return shape.size() == 4 && (shape[1] == 1 || shape[1] == 3) && shape[2] == shape[3] &&
         shape[2] >= kSmallestImage;
}

}  // namespace

void ArraysConfig::describe(Fields& fields) {
  fields.text("path", path, "one .npz with all arrays", Need::IfAny);
  fields.texts("keys", keys,
               "names of its arrays: inputs, labels, and perhaps inputs and labels to test on; left out: "
               "x_train, y_train, x_test, y_test or train_images, train_labels, ... or others that are usual",
               Need::IfAny);
  fields.text("inputs", inputs, "instead of `path`: an .npy (or .npz) of inputs alone", Need::IfAny);
  fields.text("labels", labels, "and one of labels: integers are classes, floats are numbers to predict",
              Need::IfAny);
  fields.text("test_inputs", test_inputs, "the same to test on", Need::IfAny);
  fields.text("test_labels", test_labels, "the same to test on", Need::IfAny);
  hold_out.describe(fields);
  fields.texts("classes", classes, "names of the classes 0, 1, ...; left out: their numbers", Need::IfAny);
}

Dataset ArraysConfig::load(const std::string& data_directory) const {
  require(path.empty() || (inputs.empty() && labels.empty() && test_inputs.empty() && test_labels.empty()),
          Failure::Usage, "data.source: both path and files of one array each; leave one of them out");
  Arrays arrays = path.empty() ? from_files(*this, data_directory) : from_one_file(*this, data_directory);
  hold_out.require_one(arrays.test.has_value(), "test arrays (a key or a file)");
  require_usable(arrays.train);
  Dataset data;
  data.spec.data = file_name_of(arrays.file);
  data.folder = folder_of(arrays.file);
  data.notes.push_back(text(arrays.file, ": inputs ", arrays.train.inputs.described(), ", labels ",
                            arrays.train.labels.described()));
  if (!arrays.unused.empty()) data.notes.push_back("not used of it: " + comma_list(arrays.unused));
  if (may_be_channels_first(arrays.train.inputs.shape))
    data.notes.push_back(
        "inputs are read as (N,H,W,C); if their channels come first, convert: numpy.moveaxis(x, 1, -1)");
  if (arrays.train.has_values()) {
    require(classes.empty(), Failure::Usage, "data.source.classes: the labels are ",
            arrays.train.labels.described(),
            ", so they are numbers to predict and no classes; convert: "
            "y.astype('int64')");
    for (int i = 0; i < arrays.train.values_each(); ++i) data.spec.values.push_back(text("value ", i));
  } else {
    data.spec.classes = classes.empty() ? class_numbers(arrays.train) : classes;
  }
  if (arrays.test) {
    require_usable(*arrays.test);
    require_alike(arrays.train, *arrays.test);
    data.test = examples_of(std::move(*arrays.test), data.spec.classes.size());
  }
  data.train = examples_of(std::move(arrays.train), data.spec.classes.size());
  if (!data.test) divide(data, hold_out);
  data.spec.input = data.train->input();
  return data;
}

bool ArraysConfig::recognise(const std::string& place) {
  if (!std::filesystem::is_regular_file(place)) return false;
  const std::string extension = std::filesystem::path(place).extension().string();
  if (extension == ".npy") inputs = place;
  if (extension == ".npz") {
    path = place;
    if (found_keys(NpzFile(place), place).size() == 2) hold_out.test_share = 0.2;
  }
  return extension == ".npy" || extension == ".npz";
}

}  // namespace pare
