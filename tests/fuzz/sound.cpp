#include "framework/data/formats/sound_file.h"

#include <cmath>

#include "framework/data/preprocessing/sound_preprocessing.h"
#include "framework/data/sound/resample.h"
#include "tests/fuzz/finding.h"

// libsndfile 1.2 forgets some kilobytes of libvorbis where an Ogg's headers are damaged.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libvorbis\nleak:libsndfile\n"; }

// A WAV, FLAC or Ogg file, decoded, and made an input in all the ways there are.
void pare::fuzz::sound(std::span<const uint8_t> bytes) {
  constexpr int64_t kMost = 1 << 16;
  Sound sound;
  if (!accepts([&] { sound = decode_sound(bytes, "sound", kMost); })) return;
  expect(!sound.samples.empty() && std::ssize(sound.samples) <= kMost && sound.rate > 0 &&
             sound.rate <= kMostRate,
         "as many samples as are allowed");
  for (const float sample : sound.samples) expect(std::isfinite(sample), "finite samples");
  SoundPreprocessing preprocessing;
  preprocessing.rate = 8000;
  preprocessing.seconds = 0.1;
  preprocessing.bands = 20;
  const bool short_enough = std::ssize(sound.samples) * preprocessing.rate / sound.rate <= kMost;
  if (short_enough) sound = resampled(std::move(sound), preprocessing.rate);
  for (const SoundFeatures features : {SoundFeatures::LogMel, SoundFeatures::Mfcc, SoundFeatures::Waveform}) {
    preprocessing.features = features;
    std::vector<float> numbers(static_cast<size_t>(preprocessing.input(Failure::Internal, "").count()));
    preprocessing.compute(sound, numbers.data());
    for (const float number : numbers) expect(!std::isnan(number), "numbers");
  }
}
