#include "framework/data/preprocessing/preprocessing.h"

#include "framework/data/preprocessing/picture_preprocessing.h"
#include "framework/data/preprocessing/prepared_inputs.h"
#include "framework/data/preprocessing/sound_preprocessing.h"
#include "framework/data/preprocessing/table_preprocessing.h"
#include "framework/data/preprocessing/text_preprocessing.h"

namespace pare {

const Table<Preprocessing>& preprocessing_table() {
  static const Table<Preprocessing> table{
      "preprocessing",
      "kind",
      {RowOf<PicturePreprocessing>{"pictures", "PNG and JPEG files"},
       RowOf<SoundPreprocessing>{"sounds", "WAV, FLAC and Ogg files"},
       RowOf<TextPreprocessing>{"texts", "text files, or texts in a table"},
       RowOf<TablePreprocessing>{"table", "rows of a CSV file"}}};
  return table;
}

PreparedFile OneInputAFile::prepare_all(std::span<const uint8_t> file, const std::string& name,
                                        const InputShape& input) const {
  std::vector<std::byte> only(input.bytes());
  prepare(file, name, input, only.data());
  return {std::make_shared<PreparedInputs>(input, std::move(only), std::vector{name})};
}

}  // namespace pare
