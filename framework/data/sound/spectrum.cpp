#include "framework/data/sound/spectrum.h"

#include <kissfft/kiss_fftr.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "framework/base/error.h"

namespace pare {
namespace {

constexpr double kPi = std::numbers::pi;

double mel_of(double frequency) { return 2595 * std::log10(1 + frequency / 700); }
double frequency_of(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

// Of the bands' triangles: bands + 2.
std::vector<double> corners(const BandSettings& settings) {
  const double low = mel_of(settings.low), high = mel_of(settings.high);
  std::vector<double> frequencies;
  for (int i = 0; i < settings.bands + 2; ++i)
    frequencies.push_back(frequency_of(low + (high - low) * i / (settings.bands + 1)));
  return frequencies;
}

// The height of a triangle there.
double height_at(double frequency, const double* corner) {
  const double rise = (frequency - corner[0]) / (corner[1] - corner[0]);
  const double fall = (corner[2] - frequency) / (corner[2] - corner[1]);
  return std::max(0.0, std::min(rise, fall));
}

}  // namespace

struct LogBands::Transform {
  kiss_fftr_cfg plan;
  std::vector<float> input;
  std::vector<kiss_fft_cpx> output;

  explicit Transform(int size)
      : plan(kiss_fftr_alloc(size, 0, nullptr, nullptr)),
        input(static_cast<size_t>(size), 0.0f),
        output(static_cast<size_t>(size / 2 + 1)) {
    check(plan != nullptr, "a Fourier transform of ", size, " points");
  }
  ~Transform() { kiss_fftr_free(plan); }
  Transform(const Transform&) = delete;
  Transform& operator=(const Transform&) = delete;
};

LogBands::LogBands(const BandSettings& settings)
    : settings_(settings), transform_(std::make_unique<Transform>(settings.fft)) {
  check(settings.window >= 1 && settings.hop >= 1 && settings.fft >= settings.window && settings.fft % 2 == 0,
        "bands: window ", settings.window, ", hop ", settings.hop, ", transform ", settings.fft);
  for (int n = 0; n < settings.window; ++n)
    window_.push_back(0.5 - 0.5 * std::cos(2 * kPi * n / settings.window));
  const std::vector<double> corner = corners(settings);
  for (size_t band = 0; band < static_cast<size_t>(settings.bands); ++band) {
    std::vector<Weight> weights;
    for (size_t bin = 0; bin < transform_->output.size(); ++bin) {
      const double frequency = static_cast<double>(bin) * settings.rate / settings.fft;
      if (const double height = height_at(frequency, &corner[band]); height > 0)
        weights.push_back({bin, height});
    }
    bands_.push_back(std::move(weights));
  }
}

LogBands::~LogBands() = default;

void LogBands::compute(std::span<const float> samples, float* to) {
  const int frames = frames_of(std::ssize(samples), settings_.window, settings_.hop);
  for (int frame = 0; frame < frames; ++frame) {
    const float* const from = samples.data() + int64_t{frame} * settings_.hop;
    for (size_t n = 0; n < window_.size(); ++n)
      transform_->input[n] = static_cast<float>(window_[n] * double{from[n]});
    kiss_fftr(transform_->plan, transform_->input.data(), transform_->output.data());
    for (const std::vector<Weight>& band : bands_) {
      double energy = 0;
      for (const auto& [bin, weight] : band) {
        const double re = transform_->output[bin].r, im = transform_->output[bin].i;
        energy += weight * (re * re + im * im);
      }
      *to++ = static_cast<float>(std::log(std::max(energy, settings_.floor)));
    }
  }
}

int frames_of(int64_t samples, int window, int hop) {
  return samples < window ? 0 : static_cast<int>(1 + (samples - window) / hop);
}

int empty_band(const BandSettings& settings) {
  const std::vector<double> corner = corners(settings);
  const double width = static_cast<double>(settings.rate) / settings.fft;
  for (size_t band = 0; band < static_cast<size_t>(settings.bands); ++band) {
    const double next = (std::floor(corner[band] / width) + 1) * width;
    if (next >= corner[band + 2]) return static_cast<int>(band);
  }
  return -1;
}

std::vector<float> cosine_transform(std::span<const float> x, int count) {
  const auto size = static_cast<double>(x.size());
  std::vector<float> result;
  for (int k = 0; k < count; ++k) {
    double sum = 0;
    for (size_t n = 0; n < x.size(); ++n)
      sum += double{x[n]} * std::cos(kPi * k * (static_cast<double>(n) + 0.5) / size);
    result.push_back(static_cast<float>(sum * std::sqrt((k == 0 ? 1 : 2) / size)));
  }
  return result;
}

}  // namespace pare
