#include "framework/data/sound/resample.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "framework/base/error.h"

namespace pare {
namespace {

constexpr double kPi = std::numbers::pi;

// Weights of the samples around an output that lies `fraction` of a sample behind one; the first weight is of
// the sample `reach` before that one.
std::vector<double> weights_at(double fraction, double cutoff, double half, int reach) {
  std::vector<double> weights;
  double sum = 0;
  for (int k = -reach; k <= reach + 1; ++k) {
    const double t = k - fraction, x = kPi * cutoff * t, w = kPi * t / half;
    const double sinc = std::abs(x) < 1e-9 ? 1 : std::sin(x) / x;
    const double window = std::abs(t) >= half ? 0 : 0.42 + 0.5 * std::cos(w) + 0.08 * std::cos(2 * w);
    weights.push_back(sinc * window);
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace

Sound resampled(Sound sound, int rate) {
  check(rate >= 1 && rate <= kMostRate && sound.rate >= 1 && sound.rate <= kMostRate, "resample: from ",
        sound.rate, " to ", rate);
  if (rate == sound.rate) return sound;
  const int64_t from = sound.rate, to = rate, step = std::gcd(from, to);
  const double cutoff = 0.92 * std::min(1.0, static_cast<double>(to) / static_cast<double>(from));
  const double half = 16 / cutoff;
  const int reach = static_cast<int>(std::ceil(half));
  const int64_t count = std::ssize(sound.samples), outputs = count * to / from;
  // Outputs lie at few different fractions, each of which has its weights.
  std::vector<std::vector<double>> weights(static_cast<size_t>(to / step));
  Sound result{rate, {}};
  result.samples.reserve(static_cast<size_t>(outputs));
  for (int64_t i = 0; i < outputs; ++i) {
    const int64_t whole = i * from / to, rest = i * from % to;
    std::vector<double>& here = weights[static_cast<size_t>(rest / step)];
    if (here.empty())
      here = weights_at(static_cast<double>(rest) / static_cast<double>(to), cutoff, half, reach);
    const int64_t first = whole - reach;
    double sum = 0;
    const int64_t end = std::min<int64_t>(std::ssize(here), count - first);
    for (int64_t k = std::max<int64_t>(0, -first); k < end; ++k)
      sum += here[static_cast<size_t>(k)] * double{sound.samples[static_cast<size_t>(first + k)]};
    result.samples.push_back(static_cast<float>(sum));
  }
  return result;
}

}  // namespace pare
