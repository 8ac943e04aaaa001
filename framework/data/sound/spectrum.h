// What a network hears of a sound: energies in bands of frequency over time, and their cepstrum.
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace pare {

struct BandSettings {
  int rate = 16000;             // samples a second
  int window = 400, hop = 160;  // samples
  int fft = 512;                // even, at least `window`
  int bands = 40;
  double low = 20, high = 8000;  // Hz
  double floor = 1e-6;           // energies below count as this
};

// Natural logarithms of energies in `bands` bands, whole windows only, the first at the first sample.
//   window   Hann's, periodic: 0.5 - 0.5 cos(2 pi n / window), then zeros up to `fft`
//   energy   |X_k|^2, k = 0 .. fft / 2 (kissfft, 32-bit floats; everything else in 64)
//   bands    triangles over k * rate / fft, of height 1, whose corners lie equally far from each other
//            in mel = 2595 log10(1 + f / 700) from `low` to `high`: band b rises from corner b to b + 1 and
//            falls to b + 2 (S. Young et al., The HTK Book, section 5.4; there triangles are straight over
//            mel, here over f, as in librosa and torchaudio)
//   output   ln max(energy, floor)
class LogBands {
 public:
  explicit LogBands(const BandSettings& settings);
  ~LogBands();
  LogBands(const LogBands&) = delete;
  LogBands& operator=(const LogBands&) = delete;

  // Writes (frames_of(samples), bands). One thread at a time.
  void compute(std::span<const float> samples, float* to);

 private:
  struct Transform;
  struct Weight {
    size_t bin;
    double weight;
  };
  BandSettings settings_;
  std::vector<double> window_;
  std::vector<std::vector<Weight>> bands_;
  std::unique_ptr<Transform> transform_;
};

// How many windows fit into `samples` samples.
int frames_of(int64_t samples, int window, int hop);
// The first band in which no bin of the transform lies, or -1.
int empty_band(const BandSettings& settings);

// The first `count` coefficients of the orthonormal DCT-II:
// y_k = s_k sum_n x_n cos(pi k (n + 1/2) / N), s_0 = sqrt(1/N), s_k = sqrt(2/N).
std::vector<float> cosine_transform(std::span<const float> x, int count);

}  // namespace pare
