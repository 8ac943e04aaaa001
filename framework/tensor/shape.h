// Shape: the extents of a tensor, at most four of them. Four-dimensional activations are (N,H,W,C).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <ostream>

#include "framework/base/error.h"

namespace pare {

class Shape {
 public:
  static constexpr int kMaxRank = 4;

  Shape() = default;
  Shape(std::initializer_list<int64_t> extents) {
    check(extents.size() <= kMaxRank, "shape: rank ", extents.size(), " is more than ", kMaxRank);
    for (int64_t extent : extents) {
      check(extent >= 0, "shape: negative extent ", extent);
      extents_[rank_++] = extent;
    }
  }

  int rank() const { return rank_; }
  int64_t operator[](int axis) const { return extents_[axis]; }
  int64_t& operator[](int axis) { return extents_[axis]; }
  int64_t back() const { return rank_ == 0 ? 1 : extents_[rank_ - 1]; }

  // Number of elements; 1 for rank 0.
  int64_t count() const {
    int64_t product = 1;
    for (int axis = 0; axis < rank_; ++axis) product *= extents_[axis];
    return product;
  }
  // Elements of one slice along the first axis: count() / extent 0.
  int64_t row() const {
    int64_t product = 1;
    for (int axis = 1; axis < rank_; ++axis) product *= extents_[axis];
    return product;
  }

  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int axis = 0; axis < a.rank_; ++axis)
      if (a.extents_[axis] != b.extents_[axis]) return false;
    return true;
  }
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    out << '(';
    for (int axis = 0; axis < shape.rank_; ++axis) out << (axis ? "," : "") << shape.extents_[axis];
    return out << ')';
  }

 private:
  std::array<int64_t, kMaxRank> extents_{};
  int rank_ = 0;
};

}  // namespace pare
