// Tensor: a shape, a data type and a shared buffer. No arithmetic and no gradients live here.
//
// Copying a Tensor shares its buffer; `clone` copies the numbers. Data is dense and row-major; activations
// are (N,H,W,C), weights (O,KH,KW,I), so an output channel is one contiguous row and channels are innermost.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "framework/tensor/bfloat16.h"
#include "framework/tensor/shape.h"

namespace pare {

enum class DType { F32, BF16 };

const char* name(DType dtype);
constexpr size_t bytes_per_element(DType dtype) { return dtype == DType::F32 ? 4 : 2; }

template <class T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::F32;
}
template <>
constexpr DType dtype_of<Bfloat16>() {
  return DType::BF16;
}

class Tensor {
 public:
  Tensor() = default;                                             // no buffer; converts to false
  explicit Tensor(const Shape& shape, DType dtype = DType::F32);  // numbers are whatever was there
  static Tensor zeros(const Shape& shape, DType dtype = DType::F32);
  static Tensor full(const Shape& shape, float value);
  static Tensor of(const Shape& shape, std::span<const float> values);

  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  int64_t size() const { return shape_.count(); }
  size_t bytes() const { return static_cast<size_t>(size()) * bytes_per_element(dtype_); }
  explicit operator bool() const { return buffer_ != nullptr; }

  // The numbers, row-major. Throws when T is not the tensor's data type.
  template <class T>
  T* data() {
    check_dtype(dtype_of<T>());
    return reinterpret_cast<T*>(buffer_.get());
  }
  template <class T>
  const T* data() const {
    check_dtype(dtype_of<T>());
    return reinterpret_cast<const T*>(buffer_.get());
  }
  std::span<float> floats() { return {data<float>(), static_cast<size_t>(size())}; }
  std::span<const float> floats() const { return {data<float>(), static_cast<size_t>(size())}; }
  void* raw() { return buffer_.get(); }
  const void* raw() const { return buffer_.get(); }

  // The value of a one-element f32 tensor.
  float item() const;

  Tensor clone() const;
  Tensor to(DType dtype) const;               // shares the buffer when the type is already right
  Tensor reshaped(const Shape& shape) const;  // shares the buffer; same number of elements
  void fill(float value);

  // The slices of `axis` at these indices, in this order, as a new tensor.
  Tensor kept(int axis, std::span<const int> indices) const;

  // Nothing else holds this buffer, so writing into it is unseen by others.
  bool sole_owner() const { return buffer_.use_count() == 1; }

 private:
  void check_dtype(DType wanted) const;

  Shape shape_;
  DType dtype_ = DType::F32;
  std::shared_ptr<std::byte> buffer_;
};

// The same for numbers in any memory: of `outer` blocks of `extent` slices, `bytes` each, those at these
// indices, which lie below `extent`.
void copy_slices(const void* from, int64_t outer, int64_t extent, size_t bytes, std::span<const int> indices,
                 void* to);

}  // namespace pare
