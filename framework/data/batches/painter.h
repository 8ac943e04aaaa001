// Painter: a raw input written as the numbers a network reads, normalised, and changed as augmentation wants.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "framework/data/batches/augment.h"
#include "framework/data/batches/pixels.h"
#include "framework/data/batches/warp.h"
#include "framework/tensor/tensor.h"

namespace pare {

constexpr int kPixelValues = 256;

// How one channel's raw numbers become numbers of type T.
template <class T>
struct PixelTable {  // bytes: looked up
  const T* values;
  T operator()(uint8_t pixel) const { return values[pixel]; }
};
template <class T>
struct Scaled {  // floats: computed
  PixelScale scale;
  T operator()(float number) const { return static_cast<T>(scale(number)); }
};

// Raw numbers are `From`, uint8_t or float; written ones T, float or Bfloat16.
template <class From, class T>
class Painter {
 public:
  // table: (C,256) of T, for bytes.
  Painter(const InputShape& input, std::span<const PixelScale> scales, const Tensor& table)
      : input_(input),
        scales_(scales),
        table_(table),
        background_(static_cast<size_t>(input.channels), From{}) {}

  // Writes (H,W,C) numbers of one example from left to right and top to bottom.
  void paint(const std::byte* raw, const Change& change, T* to) {
    to_ = to;
    const auto* image = reinterpret_cast<const From*>(raw);
    if (change.warp != Warp{}) {
      warped_.resize(static_cast<size_t>(input_.count()));
      warp(image, input_, change.warp, warped_.data());
      image = warped_.data();
    }
    paint(image, change.view);
    if (change.tone != Tone{})
      for (int64_t i = 0; i < input_.count(); ++i)
        to[i] = static_cast<T>(static_cast<float>(to[i]) * change.tone.factor + change.tone.added);
    for (const Hole& hole : change.holes) cut_out(to, hole);
  }

 private:
  void paint(const From* image, const View& view) {
    const int width = input_.width, channels = input_.channels;
    if (view == View{} && channels == 1) {  // whole vectors of numbers instead of one after the other
      scale_pixels(image, scales_[0], to_, input_.count());
      return;
    }
    // Columns of black at each side, which is also how many columns of the image are lost at the other side.
    const int left = std::max(0, -view.right), right = std::max(0, view.right);
    const int first = view.mirrored ? width - 1 - left : right;
    const ptrdiff_t row_size = ptrdiff_t{width} * channels;
    for (int row = 0; row < input_.height; ++row) {
      const int y = std::clamp(row + view.later, 0, input_.height - 1) + view.down;
      if (y < 0 || y >= input_.height) {
        background(width);
        continue;
      }
      background(view.mirrored ? right : left);
      pixels(image + y * row_size + first * channels, view.mirrored ? -channels : channels,
             width - left - right);
      background(view.mirrored ? left : right);
    }
  }

  void cut_out(T* image, const Hole& hole) {
    const int64_t channels = input_.channels;
    const int left = std::max(0, hole.left), right = std::min(input_.width, hole.left + hole.width);
    if (left >= right) return;
    for (int y = std::max(0, hole.top); y < std::min(input_.height, hole.top + hole.height); ++y) {
      T* const row = image + y * input_.width * channels;
      std::fill(row + left * channels, row + right * channels, T{});
    }
  }

  void background(int count) { pixels(background_.data(), 0, count); }

  // `count` pixels, `step` numbers from one to the next. A channel at a time, so that the inner loop has one
  // table.
  void pixels(const From* from, ptrdiff_t step, int count) {
    const int channels = input_.channels;
    for (int channel = 0; channel < channels; ++channel) {
      const auto convert = converter(channel);
      const From* pixel = from + channel;
      T* to = to_ + channel;
      for (int i = 0; i < count; ++i, pixel += step, to += channels) *to = convert(*pixel);
    }
    to_ += ptrdiff_t{count} * channels;
  }

  auto converter(int channel) const {
    if constexpr (std::is_same_v<From, uint8_t>)
      return PixelTable<T>{table_.data<T>() + int64_t{channel} * kPixelValues};
    else
      return Scaled<T>{scales_[static_cast<size_t>(channel)]};
  }

  const InputShape input_;
  std::span<const PixelScale> scales_;  // per channel
  const Tensor& table_;
  T* to_ = nullptr;
  std::vector<From> background_;  // one pixel
  std::vector<From> warped_;      // (H,W,C), once one was
};

}  // namespace pare
