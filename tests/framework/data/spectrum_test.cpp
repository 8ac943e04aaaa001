// Bands, cepstrum and sample rates against the same formulas written down anew, in double precision, with a
// Fourier transform that is a double loop.
#include "framework/data/sound/spectrum.h"

#include <algorithm>
#include <complex>

#include "framework/data/sound/resample.h"
#include "tests/support/sound_fixtures.h"

using namespace pare;

namespace {

constexpr double kPi = std::numbers::pi;

std::vector<double> naive_bands(const std::vector<float>& samples, const BandSettings& s) {
  const auto mel = [](double f) { return 1127.010480 * std::log(1 + f / 700); };  // 2595 / ln 10
  std::vector<double> result;
  for (int first = 0; first + s.window <= std::ssize(samples); first += s.hop) {
    std::vector<double> power;
    for (int k = 0; k <= s.fft / 2; ++k) {
      std::complex<double> sum = 0;
      for (int n = 0; n < s.window; ++n) {
        const double sine = std::sin(kPi * n / s.window);  // sin^2 is Hann's window
        sum += double{samples[static_cast<size_t>(first + n)]} * sine * sine *
               std::polar(1.0, -2 * kPi * k * n / s.fft);
      }
      power.push_back(std::norm(sum));
    }
    for (int band = 0; band < s.bands; ++band) {
      double corner[3];
      for (int i = 0; i < 3; ++i) {
        const double at = mel(s.low) + (mel(s.high) - mel(s.low)) * (band + i) / (s.bands + 1);
        corner[i] = 700 * (std::exp(at / 1127.010480) - 1);
      }
      double energy = 0;
      for (int k = 0; k <= s.fft / 2; ++k) {
        const double f = double(k) * s.rate / s.fft;
        if (f > corner[0] && f <= corner[1])
          energy += power[static_cast<size_t>(k)] * (f - corner[0]) / (corner[1] - corner[0]);
        if (f > corner[1] && f < corner[2])
          energy += power[static_cast<size_t>(k)] * (corner[2] - f) / (corner[2] - corner[1]);
      }
      result.push_back(std::log(std::max(energy, s.floor)));
    }
  }
  return result;
}

double amplitude_at(const std::vector<float>& samples, double frequency, int rate) {
  std::complex<double> sum = 0;
  double weights = 0;
  for (size_t n = 0; n < samples.size(); ++n) {
    const double window =
        0.5 - 0.5 * std::cos(2 * kPi * static_cast<double>(n) / static_cast<double>(samples.size()));
    sum +=
        window * double{samples[n]} * std::polar(1.0, -2 * kPi * frequency * static_cast<double>(n) / rate);
    weights += window;
  }
  return 2 * std::abs(sum) / weights;
}

}  // namespace

TEST_CASE("spectrum: log energies are those of the formulas") {
  for (const BandSettings& s : {BandSettings{8000, 200, 80, 256, 24, 20, 4000, 1e-6},
                                BandSettings{16000, 400, 160, 512, 40, 0, 8000, 1e-6},
                                BandSettings{8000, 256, 128, 256, 10, 300, 3000, 1e-2},
                                BandSettings{8000, 150, 50, 150, 8, 100, 4000, 1e-6}}) {
    std::vector<float> samples = noise_samples(1000, 7);
    const std::vector<float> sine = tone(1000, s.rate, 1000.0 / s.rate);
    for (size_t i = 0; i < sine.size(); ++i) samples[i] = 0.01f * samples[i] + sine[i];
    std::fill(samples.begin() + 470, samples.end(), 0.0f);
    const std::vector<double> expected = naive_bands(samples, s);
    const int frames = frames_of(1000, s.window, s.hop);
    REQUIRE(expected.size() == static_cast<size_t>(frames * s.bands));
    std::vector<float> found(expected.size());
    LogBands(s).compute(samples, found.data());
    for (size_t i = 0; i < found.size(); ++i) CHECK(std::fabs(double{found[i]} - expected[i]) < 1e-3);
    CHECK(found.back() == doctest::Approx(std::log(s.floor)));  // silence
  }
}

// By numpy, in double: x = sin(2 pi 1000 n / 8000), 256 points, Hann's window; the energy of bin 32 is
// (256 / 4)^2 = 4096, those beside it a quarter of that, and nothing else.
TEST_CASE("spectrum: a tone in the middle of a bin has the energies that are known") {
  const BandSettings s{8000, 256, 256, 256, 1, 0, 4000, 1e-9};
  std::vector<float> energy(1);
  LogBands(s).compute(tone(1000, 8000, 0.032, 1), energy.data());
  const auto height = [](double f) {  // of the one triangle, from 0 over mel 1073.03 to 4000 Hz
    const double top = 700 * (std::pow(10, 2595 * std::log10(1 + 4000.0 / 700) / 2 / 2595) - 1);
    return f < top ? f / top : (4000 - f) / (4000 - top);
  };
  const double expected = 4096 * (height(1000) + height(968.75) / 4 + height(1031.25) / 4);
  CHECK(energy[0] == doctest::Approx(std::log(expected)).epsilon(1e-5));
}

TEST_CASE("spectrum: frames are whole windows, and bands between two bins are found") {
  CHECK(frames_of(400, 400, 160) == 1);
  CHECK(frames_of(559, 400, 160) == 1);
  CHECK(frames_of(560, 400, 160) == 2);
  CHECK(frames_of(399, 400, 160) == 0);
  CHECK(empty_band({16000, 400, 160, 512, 40, 20, 8000, 1e-6}) == -1);
  CHECK(empty_band({16000, 64, 160, 64, 80, 20, 8000, 1e-6}) == 0);
}

TEST_CASE("spectrum: the cosine transform is orthonormal") {
  const std::vector<float> flat(8, 2.0f), one = cosine_transform(flat, 3);
  CHECK(one[0] == doctest::Approx(2 * std::sqrt(8.0)));
  CHECK(std::fabs(one[1]) < 1e-6);
  const std::vector<float> x = noise_samples(13), y = cosine_transform(x, 13);
  double before = 0, after = 0;
  for (size_t i = 0; i < 13; ++i) {
    before += double{x[i]} * x[i];
    after += double{y[i]} * y[i];
  }
  CHECK(after == doctest::Approx(before));
  // x_n = cos(pi 2 (n + 1/2) / 4): sqrt(2 / 4) * sum of cos^2 = sqrt(1/2) * 2
  std::vector<float> second;
  for (int n = 0; n < 4; ++n) second.push_back(static_cast<float>(std::cos(kPi * 2 * (n + 0.5) / 4)));
  CHECK(cosine_transform(second, 4)[2] == doctest::Approx(std::sqrt(2.0)));
}

TEST_CASE(
    "resample: tones keep their height and frequency, those that do not fit are gone, and 0 Hz is exact") {
  for (const auto& [from, to] :
       {std::pair{44100, 16000}, {48000, 8000}, {8000, 16000}, {22050, 8000}, {16000, 15999}}) {
    CAPTURE(from);
    CAPTURE(to);
    const Sound low = resampled({from, tone(1000, from, 1)}, to);
    CHECK(low.rate == to);
    CHECK(std::abs(std::ssize(low.samples) - to) <= 1);
    CHECK(amplitude_at(low.samples, 1000, to) == doctest::Approx(0.5).epsilon(2e-3));
    if (2 * from > 3 * to) {
      const Sound high = resampled({from, tone(0.55 * to, from, 1)}, to);  // would come back at 0.45 * to
      CHECK(amplitude_at(high.samples, 0.45 * to, to) < 1e-3);
    }
    const Sound constant = resampled({from, std::vector<float>(5000, 0.25f)}, to);
    CHECK(constant.samples[constant.samples.size() / 2] == doctest::Approx(0.25f));
  }
  const std::vector<float> samples = noise_samples(100);
  CHECK(resampled({8000, samples}, 8000).samples == samples);
  CHECK(resampled({16000, {1}}, 8000).samples.empty());
}
