#include "framework/data/preprocessing/preprocessing.h"

#include "framework/data/preprocessing/picture_preprocessing.h"
#include "framework/data/preprocessing/sound_preprocessing.h"
#include "framework/files/file.h"

namespace pare {

const Table<Preprocessing>& preprocessing_table() {
  static const Table<Preprocessing> table{"preprocessing",
                                          "kind",
                                          {RowOf<PicturePreprocessing>{"pictures", "PNG and JPEG files"},
                                           RowOf<SoundPreprocessing>{"sounds", "WAV, FLAC and Ogg files"}}};
  return table;
}

void prepare_file(const Preprocessing& preprocessing, const std::string& path, const InputShape& input,
                  std::byte* to) {
  constexpr uint64_t kLargestFile = uint64_t{1} << 28;
  preprocessing.prepare(read_file(path, kLargestFile), path, input, to);
}

}  // namespace pare
