#include "framework/data/preprocessing/sound_preprocessing.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "framework/base/error.h"
#include "framework/data/formats/sound_file.h"
#include "framework/data/sound/resample.h"

namespace pare {
namespace {

constexpr Word<SoundFeatures> kFeatures[] = {
    {"log_mel", SoundFeatures::LogMel}, {"mfcc", SoundFeatures::Mfcc}, {"waveform", SoundFeatures::Waveform}};
constexpr int kMostBands = 512, kMostPoints = 1 << 15;
constexpr double kMostSeconds = 60;
constexpr int64_t kMostNumbers = 1 << 22;

int to_samples(double seconds, int rate) { return static_cast<int>(std::lround(seconds * rate)); }

}  // namespace

void SoundPreprocessing::describe(Fields& fields) {
  fields.integer("rate", rate, Range::between(1000, kMostRate), "samples a second (Hz) of an input",
                 Need::Required);
  fields.number("seconds", seconds, Range::above(0).up_to(kMostSeconds),
                "length of an input: of longer sounds the middle is taken, shorter ones get silence on both "
                "sides",
                Need::Required);
  fields.flag("resample", resample, "converts files with other sample rates; otherwise they are an error");
  fields.flag(
      "peak", peak,
      "scales each input so that its loudest sample is 1 or -1, whatever the microphone's distance; silence "
      "stays as it is");
  fields.choice("features", features, std::span(kFeatures),
                "log_mel: ln of energies in bands, (frames,bands,1); mfcc: their cosine transform, "
                "(frames,1,coefficients); waveform: the samples, (samples,1,1)");
  fields.number("window", window, Range::above(0).up_to(1), "seconds that a frame is computed of");
  fields.number("hop", hop, Range::above(0).up_to(1), "seconds from one frame to the next");
  fields.integer("fft", fft, Range::between(0, kMostPoints),
                 "points of the Fourier transform; 0: the smallest power of two that holds a window");
  fields.integer("bands", bands, Range::between(1, kMostBands), "bands of frequency, equally wide in mel");
  fields.number("low", low, Range::at_least(0), "Hz: where the lowest band begins");
  fields.number("high", high, Range::at_least(0), "Hz: where the highest band ends; 0: half the rate");
  fields.number("floor", floor, Range::above(0), "energies below count as this");
  fields.integer("coefficients", coefficients, Range::between(1, kMostBands), "how many mfcc has");
}

int SoundPreprocessing::samples() const { return to_samples(seconds, rate); }

BandSettings SoundPreprocessing::settings() const {
  BandSettings settings{
      rate, to_samples(window, rate), to_samples(hop, rate), fft, bands, low, high > 0 ? high : rate / 2.0,
      floor};
  if (fft == 0)
    settings.fft = std::max(2, static_cast<int>(std::bit_ceil(static_cast<unsigned>(settings.window))));
  return settings;
}

InputShape SoundPreprocessing::input(Failure failure, const std::string& where) const {
  const int length = samples();
  require(length >= 1 && length <= kMostNumbers, failure, where, "seconds: ", seconds, " at ", rate,
          " Hz are ", length, " samples, expected 1 to ", kMostNumbers);
  if (features == SoundFeatures::Waveform) return {length, 1, 1, Element::F32};
  const BandSettings s = settings();
  require(s.window >= 2 && s.hop >= 1, failure, where, "window and hop: ", window, " and ", hop,
          " seconds are ", s.window, " and ", s.hop, " samples at ", rate,
          " Hz, expected 2 and 1 or more; they are seconds, such as 0.025 and 0.01");
  require(s.window <= length, failure, where, "window: ", window, " seconds are longer than an input of ",
          seconds, " (data.source.seconds)");
  require(s.fft >= s.window && s.fft % 2 == 0, failure, where, "fft: ", s.fft,
          " points, expected an even number of at least ", s.window, ", the samples of a window");
  require(s.low < s.high && s.high <= rate / 2.0, failure, where, "low and high: bands from ", s.low, " to ",
          s.high, " Hz, expected them to rise, up to ", rate / 2.0, ", half the rate");
  const int empty = empty_band(s);
  require(empty < 0, failure, where, "bands: no frequency of ", s.fft, " points lies in band ", empty, " of ",
          bands, "; use fewer bands, or a larger fft");
  const bool cepstrum = features == SoundFeatures::Mfcc;
  require(!cepstrum || coefficients <= bands, failure, where, "coefficients: ", coefficients,
          " cannot come out of ", bands, " bands");
  const int frames = frames_of(length, s.window, s.hop);
  require(int64_t{frames} * bands <= kMostNumbers, failure, where, "hop: ", frames, " frames of ", bands,
          " bands are more than ", kMostNumbers, " numbers an input; use a longer hop");
  return cepstrum ? InputShape{frames, 1, coefficients, Element::F32}
                  : InputShape{frames, bands, 1, Element::F32};
}

void SoundPreprocessing::require_fits(const InputShape& shape, const std::string& where) const {
  const InputShape expected = input(Failure::Data, where + ": ");
  require(shape == expected, Failure::Data, where, ": sounds become inputs of (", expected.height, ",",
          expected.width, ",", expected.channels, ") floats, not of (", shape.height, ",", shape.width, ",",
          shape.channels, shape.element == Element::F32 ? ")" : ") bytes");
}

void SoundPreprocessing::require_known(std::span<const uint8_t> beginning, const std::string& name) const {
  require_sound(beginning, name);
}

void SoundPreprocessing::compute(const Sound& sound, float* to) const {
  const int64_t length = samples(), given = std::ssize(sound.samples), shared = std::min(length, given);
  std::vector<float> fitted(static_cast<size_t>(length), 0.0f);
  std::copy_n(sound.samples.begin() + (given - shared) / 2, shared, fitted.begin() + (length - shared) / 2);
  const auto [lowest, highest] = std::ranges::minmax(fitted);
  const float loudest = std::max(-lowest, highest);
  if (peak && loudest > 0)
    for (float& sample : fitted) sample /= loudest;
  if (features == SoundFeatures::Waveform) {
    std::ranges::copy(fitted, to);
    return;
  }
  LogBands log_bands(settings());
  if (features == SoundFeatures::LogMel) {
    log_bands.compute(fitted, to);
    return;
  }
  const int frames = frames_of(length, settings().window, settings().hop);
  std::vector<float> energies(static_cast<size_t>(frames) * static_cast<size_t>(bands));
  log_bands.compute(fitted, energies.data());
  for (int frame = 0; frame < frames; ++frame)
    to = std::ranges::copy(cosine_transform(std::span(energies).subspan(
                                                static_cast<size_t>(frame) * static_cast<size_t>(bands),
                                                static_cast<size_t>(bands)),
                                            coefficients),
                           to)
             .out;
}

void SoundPreprocessing::prepare(std::span<const uint8_t> file, const std::string& name, const InputShape&,
                                 std::byte* to) const {
  Sound sound = decode_sound(file, name);
  require(sound.rate == rate || resample, Failure::Data, name, ": has ", sound.rate,
          " samples a second, expected ", rate,
          "; let other rates be converted: \"resample\": true, or change \"rate\"");
  compute(resampled(std::move(sound), rate), reinterpret_cast<float*>(to));
}

}  // namespace pare
