#include "framework/data/normalisation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "framework/base/error.h"
#include "framework/data/spread.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

float four_decimals(double value) { return static_cast<float>(std::round(value * 1e4) / 1e4); }

float six_digits(double value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 6).ptr;
  float rounded = 0;
  std::from_chars(digits, end, rounded);
  return rounded;
}

using Counts = std::array<uint64_t, 256>;  // of each value

// Counting values first keeps the sums exact, whatever the order and number of images.
Normalisation of_bytes(const Source& source, std::span<const int> indices) {
  const InputShape input = source.input();
  const auto channels = static_cast<size_t>(input.channels);
  const Parts parts(std::ssize(indices), source.decodes() ? 1 : std::ssize(indices));
  std::vector<std::vector<Counts>> of_part(static_cast<size_t>(parts.size()), std::vector<Counts>(channels));
  parallel(parts, [&](int64_t part, IndexRange range) {
    std::vector<Counts>& counts = of_part[static_cast<size_t>(part)];
    std::vector<std::byte> buffer;
    for (int64_t i = range.begin; i < range.end; ++i) {
      const auto* pixel =
          reinterpret_cast<const uint8_t*>(source.read(indices[static_cast<size_t>(i)], buffer));
      for (size_t left = input.bytes(); left > 0; left -= channels)
        for (Counts& count : counts) ++count[*pixel++];
    }
  });
  std::vector<Counts> counts(channels);
  for (const std::vector<Counts>& some : of_part)
    for (size_t channel = 0; channel < channels; ++channel)
      for (size_t value = 0; value < 256; ++value) counts[channel][value] += some[channel][value];
  const double pixels = static_cast<double>(indices.size()) * input.height * input.width;
  Normalisation result;
  for (const Counts& count : counts) {
    double sum = 0, squares = 0;
    for (int value = 0; value < 256; ++value) {
      sum += static_cast<double>(count[value]) * value;
      squares += static_cast<double>(count[value]) * value * value;
    }
    const double mean = sum / pixels;
    const double variance = std::max(0.0, squares / pixels - mean * mean);
    result.mean.push_back(four_decimals(mean / 255));
    result.deviation.push_back(std::max(1e-4f, four_decimals(std::sqrt(variance) / 255)));
  }
  return result;
}

// In two passes, as numbers far from 0 would lose their variance in one.
Normalisation of_floats(const Source& source, std::span<const int> indices) {
  const InputShape input = source.input();
  const auto channels = static_cast<size_t>(input.channels);
  std::vector<std::byte> buffer;
  const auto sum_of = [&](const auto& term) {
    std::vector<double> sums(channels, 0.0);
    for (const int index : indices) {
      const auto* const numbers = reinterpret_cast<const float*>(source.read(index, buffer));
      for (int64_t i = 0; i < input.count(); ++i)
        sums[static_cast<size_t>(i) % channels] +=
            term(double{numbers[i]}, static_cast<size_t>(i) % channels);
    }
    const double count = static_cast<double>(indices.size()) * input.height * input.width;
    for (double& sum : sums) sum /= count;
    return sums;
  };
  const std::vector<double> means = sum_of([](double x, size_t) { return x; });
  const std::vector<double> variances =
      sum_of([&](double x, size_t channel) { return (x - means[channel]) * (x - means[channel]); });
  Normalisation result;
  for (size_t channel = 0; channel < channels; ++channel) {
    result.mean.push_back(six_digits(means[channel]));
    const float deviation = six_digits(std::sqrt(variances[channel]));
    result.deviation.push_back(deviation > 0 ? deviation : 1.0f);
  }
  return result;
}

// Decoding a large set takes minutes, and a part of it says the same: so many, equally far from each other.
std::vector<int> sample_of(const Source& source, std::span<const int> indices) {
  constexpr size_t kMostBytes = size_t{1} << 28;
  const size_t count = std::max<size_t>(1, kMostBytes / source.input().bytes());
  if (!source.decodes() || indices.size() <= count) return {indices.begin(), indices.end()};
  std::vector<int> some = spread(indices.size(), count);
  for (int& number : some) number = indices[static_cast<size_t>(number)];
  return some;
}

}  // namespace

Normalisation measure(const Source& source, std::span<const int> indices) {
  check(!indices.empty(), "normalisation: nothing to measure");
  for (const int index : indices)
    check(index >= 0 && index < source.count(), "normalisation: no example ", index, " among ",
          source.count());
  const std::vector<int> some = sample_of(source, indices);
  return source.input().element == Element::U8 ? of_bytes(source, some) : of_floats(source, some);
}

}  // namespace pare
