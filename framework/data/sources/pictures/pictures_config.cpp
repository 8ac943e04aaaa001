#include "framework/data/sources/pictures/pictures_config.h"

#include <filesystem>

#include "framework/base/error.h"
#include "framework/data/sources/data_file.h"
#include "framework/data/sources/pictures/picture_set.h"

namespace pare {
namespace {

// "cats" of "pictures/cats/"
std::string name_of(const std::string& folder) {
  std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  if (path.filename().empty()) path = path.parent_path();
  return path.filename().string();
}

// Moves what is held out from the training pictures to the test pictures, by each one's name.
void divide(PictureFolder& found, const HoldOut& hold) {
  const PictureFiles all = std::move(found.train);
  std::vector<Unit> units;
  for (size_t i = 0; i < all.count(); ++i)
    units.push_back({draw_of(hold.split_seed, all.names[i]), all.labels[i]});
  const std::vector<bool> held = hold_out_by_draw(units, hold.test_share);
  found.train = {all.folder, {}, {}};
  found.test = {all.folder, {}, {}};
  std::vector<int> tested(found.classes.size(), 0);
  for (size_t i = 0; i < all.count(); ++i) {
    PictureFiles& side = held[i] ? found.test : found.train;
    side.names.push_back(all.names[i]);
    side.labels.push_back(all.labels[i]);
    if (held[i]) ++tested[static_cast<size_t>(all.labels[i])];
  }
  for (size_t i = 0; i < tested.size(); ++i)
    if (tested[i] == 0)
      found.notes.push_back(text(all.folder, ": test_share takes no pictures of '", found.classes[i], "'"));
}

}  // namespace

void PicturesConfig::describe(Fields& fields) {
  fields.text("path", path,
              "the folder: FOLDER/CLASS/PICTURE.png, or the same in FOLDER/train, FOLDER/test and perhaps "
              "FOLDER/validation; .jpg and .jpeg, too",
              Need::Required);
  fields.integers("size", size, Range::between(1, 8192), "height and width of an input", Need::Required);
  fields.integer("channels", channels, Range::between(1, 3), "3: red, green and blue; 1: grey");
  preprocessing.describe(fields);
  hold_out.describe(fields);
  fields.integer("memory", memory, Range::between(0, 1 << 24),
                 "MiB: pictures that take no more are kept in memory once they have been decoded; more are "
                 "decoded again each time");
}

Dataset PicturesConfig::load(const std::string& data_directory) const {
  require(size.size() == 2, Failure::Usage, "data.source.size: ", size.size(),
          " numbers, expected 2: height and width");
  require(channels != 2, Failure::Usage, "data.source.channels: 2, expected 1 (grey) or 3 (RGB)");
  require(preprocessing.background.size() == 3, Failure::Usage,
          "data.source.background: ", preprocessing.background.size(),
          " numbers, expected 3: red, green and blue");
  const std::string folder = find_data_folder(path, data_directory);
  PictureFolder found = list_pictures(folder);
  hold_out.require_one(found.test.count() > 0, "a folder test beside the folder train");
  if (found.test.count() == 0) divide(found, hold_out);

  Dataset data;
  data.folder = folder;
  data.spec.data = name_of(folder);
  data.spec.classes = found.classes;
  data.spec.input = {size[0], size[1], channels, Element::U8};
  data.spec.preprocessing = choose(preprocessing_table(), "pictures");
  static_cast<PicturePreprocessing&>(*data.spec.preprocessing) = preprocessing;
  const size_t count = found.train.count() + found.validation.count() + found.test.count();
  const size_t mebibytes = (count * data.spec.input.bytes() >> 20) + 1;
  const bool keeps = mebibytes <= static_cast<size_t>(memory);
  const auto set_of = [&](PictureFiles& files) {
    const auto set = std::make_shared<PictureSet>(std::move(files), preprocessing, data.spec.input);
    if (keeps) set->keep();
    return set;
  };
  data.notes.push_back(
      text(folder, ": ", found.classes.size(), " classes; ", found.train.count(), " pictures to train on, ",
           found.test.count(), " to test on; ",
           keeps ? "decoded once, they take " : "decoded anew each time, as they would take ", mebibytes,
           " MiB of memory"));
  data.notes.insert(data.notes.end(), found.notes.begin(), found.notes.end());
  data.train = set_of(found.train);
  if (found.validation.count() > 0) data.validation = set_of(found.validation);
  const auto test = set_of(found.test);
  if (keeps) test->try_all();  // they are read at the very end, when a damaged one would be bad news
  data.test = test;
  return data;
}

}  // namespace pare
