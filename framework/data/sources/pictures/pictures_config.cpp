#include "framework/data/sources/pictures/pictures_config.h"

#include "framework/base/error.h"

namespace pare {

const FileKind& picture_files() {
  static const FileKind kind{
      "picture",
      "pictures",
      {".png", ".jpg", ".jpeg", ".jpe", ".jfif"},
      {".bmp", ".gif", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".ppm", ".pgm",
       ".pnm", ".svg"},
      "only PNG and JPEG are read; convert it, as by ImageMagick's `mogrify -format png`, or remove it"};
  return kind;
}

void PicturesConfig::describe(Fields& fields) {
  describe_path(fields,
                "the folder: FOLDER/CLASS/PICTURE.png, or the same in FOLDER/train, FOLDER/test and perhaps "
                "FOLDER/validation; .jpg and .jpeg, too");
  fields.integers("size", size, Range::between(1, 8192), "height and width of an input", Need::Required);
  fields.integer("channels", channels, Range::between(1, 3), "3: red, green and blue; 1: grey");
  preprocessing.describe(fields);
  describe_division(fields);
}

Dataset PicturesConfig::load(const std::string& data_directory) const {
  require(size.size() == 2, Failure::Usage, "data.source.size: ", size.size(),
          " numbers, expected 2: height and width");
  require(channels != 2, Failure::Usage, "data.source.channels: 2, expected 1 (grey) or 3 (RGB)");
  require(preprocessing.background.size() == 3, Failure::Usage,
          "data.source.background: ", preprocessing.background.size(),
          " numbers, expected 3: red, green and blue");
  Variant<Preprocessing> chosen = choose(preprocessing_table(), "pictures");
  static_cast<PicturePreprocessing&>(*chosen) = preprocessing;
  return load_files(data_directory, picture_files(), std::move(chosen),
                    {size[0], size[1], channels, Element::U8});
}

}  // namespace pare
