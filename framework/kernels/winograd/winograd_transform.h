// Private to winograd.cpp: a small matrix applied from both sides to a grid of numbers, for many channels at
// once.
//
// A grid is a list of pointers, row by row, one a place, each to the `channels` numbers that lie there; so
// one function serves pixels of an image, taps of a kernel and the operands of the products alike.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "framework/kernels/winograd/winograd_matrices.h"
#include "framework/parallel/simd.h"
#include "framework/tensor/bfloat16.h"

namespace pare {

constexpr int kWinogradLanes = kNarrowLanes;  // channels at a time

// sum += m_k x_k over the k where m_k is not zero, with everything but x known to the compiler.
template <const auto& kMatrix, size_t kRow, size_t... k>
inline float row_times(const float* x, std::index_sequence<k...>) {
  float sum = 0;
  ((kMatrix[kRow][k] != 0 ? void(sum += kMatrix[kRow][k] * x[k]) : void()), ...);
  return sum;
}

template <const auto& kMatrix, size_t... kRow>
inline void matrix_times(const float* x, float* y, std::index_sequence<kRow...>) {
  constexpr auto kColumns = std::make_index_sequence<kMatrix[0].size()>{};
  ((y[kRow] = row_times<kMatrix, kRow>(x, kColumns)), ...);
}

// What happens to a transform: it becomes an operand of the products, or it comes from their result and is
// written, finished (a number a channel added, and nothing let below the floor), or added to what is there.
enum class Store { Operand, Write, Finish, Add };
struct Finish {
  const float* bias = nullptr;
  float floor = 0;
};

// Some: fewer channels than lanes, in f32. Those of pixels and taps that do not exist are read as zeros and
// not written; the products' rows have room for all lanes.
enum class Lanes { All, Some };

// out = M in M^T, stored as asked; `finish` is read by Store::Finish only.
template <const auto& kMatrix, Store kStore, Lanes kLanes, class In, class Out>
inline void transform(const In* const* in, Out* const* out, int64_t channels, const Finish& finish) {
  static_assert(kStore != Store::Add || std::is_same_v<Out, float>);
  constexpr size_t kRows = kMatrix.size(), kColumns = kMatrix[0].size();
  constexpr auto kEachRow = std::make_index_sequence<kRows>{};
  constexpr bool kNarrows = std::is_same_v<Out, Bfloat16>;  // all of a grid at once: see write_each.h
  constexpr bool kReadsSome = kLanes == Lanes::Some && kStore == Store::Operand,
                 kWritesSome = kLanes == Lanes::Some && kStore != Store::Operand;
  const int present = kLanes == Lanes::Some ? static_cast<int>(channels) : kWinogradLanes;
  alignas(64) float half[kRows][kColumns][kWinogradLanes];  // M in
  alignas(64) float wide[kNarrows ? kRows * kRows : 1][kWinogradLanes];
  for (int64_t begin = 0; begin < channels; begin += kWinogradLanes) {
    // The last channels overlap the ones before: those are written twice, but added once.
    const int64_t at = kLanes == Lanes::Some ? 0 : std::min(begin, channels - kWinogradLanes);
    const int done = static_cast<int>(begin - at);
    for (size_t j = 0; j < kColumns; ++j) {
      const In* column[kColumns];
      for (size_t i = 0; i < kColumns; ++i) column[i] = in[i * kColumns + j] + at;
      for (int lane = 0; lane < kWinogradLanes; ++lane) {
        float x[kColumns], y[kRows];
        for (size_t i = 0; i < kColumns; ++i)
          x[i] = !kReadsSome || lane < present ? static_cast<float>(column[i][lane]) : 0.0f;
        matrix_times<kMatrix>(x, y, kEachRow);
        for (size_t i = 0; i < kRows; ++i) half[i][j][lane] = y[i];
      }
    }
    for (size_t i = 0; i < kRows; ++i) {
      float* row[kRows];
      for (size_t j = 0; j < kRows; ++j) {
        if constexpr (kNarrows)
          row[j] = wide[i * kRows + j];
        else
          row[j] = out[i * kRows + j] + at;
      }
      const auto one = [&](int lane, int first) {
        float x[kColumns], y[kRows];
        for (size_t j = 0; j < kColumns; ++j) x[j] = half[i][j][lane];
        matrix_times<kMatrix>(x, y, kEachRow);
        if (kWritesSome && lane >= present) return;
        for (size_t j = 0; j < kRows; ++j) {
          if constexpr (kStore == Store::Add) y[j] = row[j][lane] + (lane < first ? 0.0f : y[j]);
          if constexpr (kStore == Store::Finish) {
            y[j] += finish.bias[at + lane];
            y[j] = y[j] < finish.floor ? finish.floor : y[j];  // lets NaN pass
          }
        }
        for (size_t j = 0; j < kRows; ++j) row[j][lane] = y[j];
      };
      if (kStore == Store::Add && done > 0) {
#pragma GCC ivdep
        for (int lane = 0; lane < kWinogradLanes; ++lane) one(lane, done);
      } else {
#pragma GCC ivdep
        for (int lane = 0; lane < kWinogradLanes; ++lane) one(lane, 0);
      }
    }
    if constexpr (kNarrows) narrow_rows(wide[0], out, at, kRows * kRows);
  }
}

template <const auto& kMatrix, Store kStore, class In, class Out>
inline void transform(const In* const* in, Out* const* out, int64_t channels, const Finish& finish = {}) {
  if constexpr (std::is_same_v<In, float> && std::is_same_v<Out, float>)
    if (channels < kWinogradLanes) return transform<kMatrix, kStore, Lanes::Some>(in, out, channels, finish);
  transform<kMatrix, kStore, Lanes::All>(in, out, channels, finish);
}

// The three ways to the products, and for each the way back of its gradient.

template <int kTaps, class T, class Operand>
void transform_input(const T* const* pixels, Operand* const* places, int64_t channels) {
  transform<Winograd<kTaps>::kInput, Store::Operand>(pixels, places, channels);
}
template <int kTaps>
void add_input_gradient(const float* const* places, float* const* pixels, int64_t channels) {
  transform<Winograd<kTaps>::kInputGradient, Store::Add>(places, pixels, channels);
}

template <int kTaps, class T, class Operand>
void transform_kernel(const T* const* taps, Operand* const* places, int64_t channels) {
  transform<Winograd<kTaps>::kKernel, Store::Operand>(taps, places, channels);
}
template <int kTaps>
void transform_kernel_gradient(const float* const* places, float* const* taps, int64_t channels) {
  transform<Winograd<kTaps>::kKernelGradient, Store::Write>(places, taps, channels);
}

template <int kTaps, class T>
void transform_output(const float* const* places, T* const* pixels, const float* bias, float floor,
                      int64_t channels) {
  transform<Winograd<kTaps>::kOutput, Store::Finish>(places, pixels, channels, {bias, floor});
}
template <int kTaps, class T, class Operand>
void transform_output_gradient(const T* const* pixels, Operand* const* places, int64_t channels) {
  transform<Winograd<kTaps>::kOutputGradient, Store::Operand>(pixels, places, channels);
}

}  // namespace pare
