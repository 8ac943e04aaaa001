#include "framework/data/sources/sounds/sounds_config.h"

#include "framework/base/error.h"

namespace pare {

const FileKind& sound_files() {
  static const FileKind kind{
      "sound",
      "sounds",
      {".wav", ".wave", ".flac", ".ogg", ".oga", ".opus"},
      {".mp3", ".m4a", ".aac", ".wma", ".aif", ".aiff", ".au", ".snd", ".mp4", ".webm", ".amr", ".caf"},
      "only WAV, FLAC and Ogg are read; convert it, as by `ffmpeg -i OLD NEW.wav`, or remove it"};
  return kind;
}

void SoundsConfig::describe(Fields& fields) {
  describe_path(fields,
                "the folder: FOLDER/CLASS/SOUND.wav, or the same in FOLDER/train, FOLDER/test and perhaps "
                "FOLDER/validation; .flac and .ogg, too");
  preprocessing.describe(fields);
  describe_division(fields);
}

Dataset SoundsConfig::load(const std::string& data_directory) const {
  const InputShape input = preprocessing.input(Failure::Usage, "data.source.");
  Variant<Preprocessing> chosen = choose(preprocessing_table(), "sounds");
  static_cast<SoundPreprocessing&>(*chosen) = preprocessing;
  return load_files(data_directory, sound_files(), std::move(chosen), input);
}

}  // namespace pare
