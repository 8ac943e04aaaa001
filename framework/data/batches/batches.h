// Batches: examples picked, augmented, normalised and stacked into tensors.
//
// Nothing in here remembers how far training is: an epoch's order is a function of (seed, epoch) and an
// example's augmentation of (seed, epoch, index), so resuming needs no state.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/data/batches/augment.h"
#include "framework/data/batches/pixels.h"
#include "framework/data/normalisation.h"
#include "framework/tensor/tensor.h"

namespace pare {

struct Batch {
  Tensor inputs;                 // (N,H,W,C)
  std::vector<int32_t> classes;  // (N), or, where numbers are asked for,
  Tensor values{};               // (N, numbers), f32
  // Below 1: inputs and values are blends, of which this much is row n itself and the rest row N-1-n
  // (mixup.h). Classes are those of the rows themselves.
  float own_share = 1;

  int64_t count() const { return inputs.shape()[0]; }
};

// What happens to the images left over when an epoch is not a whole number of batches.
enum class LastBatch { Keep, Drop };

// What an epoch is made of: each example once; or as many examples, of each class the same number, so that
// those of rare classes come several times, each time changed differently, and some of common ones not at
// all.
enum class Sampling { Each, Balanced };

class Batches {
 public:
  // Shuffled anew each epoch. `source` is not copied and has to outlive this object. Throws Failure::Usage
  // when the batch size, the shift or the cutout does not fit the images, or classes shall be balanced where
  // there are none; Failure::Data when the normalisation does not fit.
  Batches(const Source& source, std::vector<int> indices, const Normalisation& normalisation, int batch_size,
          LastBatch last, Augment augment, uint64_t seed, DType dtype = DType::F32,
          Sampling sampling = Sampling::Each);

  // For evaluation: the images as they are, in the order of `indices`, all of them, the same each epoch.
  static Batches in_order(const Source& source, std::vector<int> indices, const Normalisation& normalisation,
                          int batch_size, DType dtype = DType::F32);

  int per_epoch() const;
  int images_per_epoch() const;

  // 0 <= position < per_epoch(). One thread at a time: an epoch's order is kept between calls.
  Batch get(int epoch, int position = 0) const;

 private:
  enum class Order { Shuffled, Balanced, AsGiven };

  const std::vector<int>& order(int epoch) const;
  std::vector<int> balanced(int epoch) const;
  // `chosen`: the epoch's examples from the `first` one on.
  template <class From, class T>
  void write(std::span<const int> chosen, int epoch, size_t first, T* to) const;
  template <class From>
  Tensor inputs(std::span<const int> chosen, int epoch, size_t first) const;

  const Source* source_;
  InputShape input_;
  std::vector<int> indices_;
  std::vector<PixelScale> scales_;  // per channel
  Tensor table_;                    // (C,256): the normalised value of each pixel value
  int batch_size_;
  LastBatch last_;
  Augment augment_;
  uint64_t seed_;
  Order kind_ = Order::Shuffled;
  mutable std::vector<int> order_;  // of epoch order_epoch_
  mutable int order_epoch_ = -1;
};

}  // namespace pare
