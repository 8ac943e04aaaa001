// LevelContexts: the contexts for coding the next level, from the levels coded so far.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "framework/tensor/shape.h"

namespace pare {

// Weights of one input column tend to be large or small together, as do those of one kernel tap and of one
// output channel, and neighbours in a kernel look alike: each view below models one of these correlations.
class LevelContexts {
 public:
  static constexpr int kMagnitudeViews = 7, kSignViews = 4;
  static constexpr int kContexts = 23 * 23;  // contexts of any view are below this
  using MagnitudeContexts = std::array<int, kMagnitudeViews>;
  using SignContexts = std::array<int, kSignViews>;

  // For tensors of this shape (O,KH,KW,I).
  explicit LevelContexts(const Shape& shape);

  // The next output channel, of this depth in bits; its levels are visible through `row` as far as they are
  // known. The channels before lie in memory before it.
  void start_channel(const int32_t* row, int depth);
  // The next weight to code: at tap (h,w), input i.
  void move_to(int64_t h, int64_t w, int64_t i);
  MagnitudeContexts magnitude_contexts() const;
  SignContexts sign_contexts(int32_t magnitude) const;
  // The level at that place is now known.
  void learn(int32_t level);

 private:
  // A running mean of magnitudes, in units of 1/256; of the last `limit` or so.
  struct Mean {
    int32_t value = 0;
    int32_t count = 0;
    void add(int32_t magnitude, int32_t limit);
  };

  int64_t height_, width_, inputs_;
  std::vector<Mean> columns_;  // (I)
  std::vector<Mean> taps_;     // (KH,KW)
  std::vector<Mean> places_;   // (KH,KW,I)
  Mean tensor_, channel_;

  const int32_t* row_ = nullptr;
  int channels_ = 0;  // started so far
  int depth_ = 0;
  int64_t tap_ = 0, input_ = 0, at_ = 0;
  // The levels around: same input at the taps left, up, up left and up right; the two inputs before; the same
  // place in the two output channels before. 0 outside of the tensor.
  int32_t left_ = 0, up_ = 0, up_left_ = 0, up_right_ = 0, before_ = 0, before2_ = 0, above_ = 0, above2_ = 0;
};

}  // namespace pare
