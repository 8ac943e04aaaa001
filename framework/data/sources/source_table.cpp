#include <filesystem>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/data/sources/arrays/arrays_config.h"
#include "framework/data/sources/pictures/pictures_config.h"
#include "framework/data/sources/sounds/sounds_config.h"
#include "framework/data/sources/table/table_config.h"
#include "framework/data/sources/texts/texts_config.h"

namespace pare {

const Table<SourceConfig>& source_table() {
  static const Table<SourceConfig> table{
      "source",
      "kind",
      {
          RowOf<TextsConfig>{"texts",
                             "texts: a folder of files (.txt), a folder a class, or a column of a table"},
          RowOf<TableConfig>{"table", "a table (CSV): a row an example, or windows of rows over time"},
          RowOf<ArraysConfig>{"arrays", "NumPy arrays (.npy, .npz): inputs, and labels or values"},
          RowOf<PicturesConfig>{"pictures", "a folder of pictures (PNG, JPEG): a folder a class"},
          RowOf<SoundsConfig>{"sounds", "a folder of sounds (WAV, FLAC, Ogg): a folder a class"},
      }};
  return table;
}

Variant<SourceConfig> recognise_source(const std::string& place) {
  require(std::filesystem::exists(place), Failure::Data, place, ": there is no such file or folder");
  std::vector<std::string> kinds;
  for (const auto& row : source_table().rows) {
    Variant<SourceConfig> source = choose(source_table(), row.name);
    if (source->recognise(place)) return source;
    kinds.emplace_back(row.help);
  }
  fail(Failure::Data, place, ": is none of the kinds of data that are recognised: ", comma_list(kinds));
}

}  // namespace pare
