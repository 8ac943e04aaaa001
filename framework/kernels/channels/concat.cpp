#include "framework/kernels/channels/concat.h"

#include <cstring>

#include "framework/parallel/threads.h"

namespace pare {
namespace {

Shape with_channels(Shape shape, int64_t channels) {
  shape[shape.rank() - 1] = channels;
  return shape;
}

// A tensor as rows of bytes, of which some from `first` on are meant.
struct Columns {
  uint8_t* rows;
  size_t pitch, first;
};

void copy_columns(const Columns& from, const Columns& to, size_t width, int64_t rows) {
  parallel_ranges(rows, grain_of_rows(static_cast<int64_t>(width)), [&](int64_t begin, int64_t end) {
    for (auto r = static_cast<size_t>(begin); r < static_cast<size_t>(end); ++r)
      std::memcpy(to.rows + r * to.pitch + to.first, from.rows + r * from.pitch + from.first, width);
  });
}

// The bytes of one row.
size_t pitch_of(const Tensor& tensor, int64_t rows) { return tensor.bytes() / static_cast<size_t>(rows); }

}  // namespace

Tensor concat_forward(std::span<const Tensor> inputs) {
  const Tensor& leading = inputs[0];
  const int64_t rows = leading.size() / leading.shape().back();
  int64_t channels = 0;
  for (const Tensor& input : inputs) {
    const int64_t own = input.shape().back();
    check(with_channels(input.shape(), 1) == with_channels(leading.shape(), 1) &&
              input.dtype() == leading.dtype(),
          "concat: ", leading.shape(), " and ", input.shape());
    channels += own;
  }
  Tensor dst(with_channels(leading.shape(), channels), leading.dtype());
  size_t first = 0;
  for (const Tensor& input : inputs) {
    const size_t width = pitch_of(input, rows);
    Tensor src = input;  // the same memory, which nothing writes to
    copy_columns({static_cast<uint8_t*>(src.raw()), width, 0},
                 {static_cast<uint8_t*>(dst.raw()), pitch_of(dst, rows), first}, width, rows);
    first += width;
  }
  return dst;
}

Tensor concat_backward(const Tensor& diff_dst, int64_t first, int64_t channels) {
  const int64_t all = diff_dst.shape().back(), rows = diff_dst.size() / all;
  check(first >= 0 && first + channels <= all, "concat: ", channels, " channels from ", first, " on of ",
        diff_dst.shape());
  Tensor diff_src(with_channels(diff_dst.shape(), channels), diff_dst.dtype());
  const size_t pitch = pitch_of(diff_dst, rows), element = pitch / static_cast<size_t>(all);
  Tensor src = diff_dst;
  copy_columns({static_cast<uint8_t*>(src.raw()), pitch, static_cast<size_t>(first) * element},
               {static_cast<uint8_t*>(diff_src.raw()), pitch_of(diff_src, rows), 0}, pitch_of(diff_src, rows),
               rows);
  return diff_src;
}

}  // namespace pare
