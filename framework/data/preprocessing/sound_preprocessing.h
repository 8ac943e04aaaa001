// Sound files as the input of a network: length, sample rate, and what is computed of the samples.
#pragma once

#include "framework/data/preprocessing/preprocessing.h"
#include "framework/data/sound/sound.h"
#include "framework/data/sound/spectrum.h"

namespace pare {

enum class SoundFeatures {
  LogMel,    // (frames, bands, 1): ln of energies in bands, a picture of time and frequency
  Mfcc,      // (frames, 1, coefficients): their cosine transform, channels over time
  Waveform,  // (samples, 1, 1)
};

struct SoundPreprocessing : OneInputAFile {
  int rate = 0;           // samples a second
  double seconds = 0;     // length of an input
  bool resample = false;  // of a file with another rate; otherwise it is an error
  bool peak = false;      // whether what is taken of a sound is scaled to the largest magnitude 1
  SoundFeatures features = SoundFeatures::LogMel;
  double window = 0.025, hop = 0.01;  // seconds
  int fft = 0;                        // points; 0: the smallest power of two that holds a window
  int bands = 40;
  double low = 20, high = 0;  // Hz; high 0: half the rate
  double floor = 1e-6;
  int coefficients = 13;

  void describe(Fields& fields) override;
  void require_fits(const InputShape& input, const std::string& where) const override;
  void require_known(std::span<const uint8_t> beginning, const std::string& name) const override;
  void prepare(std::span<const uint8_t> file, const std::string& name, const InputShape& input,
               std::byte* to) const override;

  // What an input looks like. Throws `failure` naming `where` when the numbers do not fit each other.
  InputShape input(Failure failure, const std::string& where) const;
  // Sound of that rate and of any length as an input: of a longer one the middle, a shorter one in the middle
  // of silence (where what is left over or missing is odd, one sample more behind it).
  void compute(const Sound& sound, float* to) const;

 private:
  int samples() const;
  BandSettings settings() const;
};

}  // namespace pare
