#include "framework/tensor/tensor.h"

#include <algorithm>
#include <cstring>

#include "framework/parallel/threads.h"
#include "framework/tensor/buffer_pool.h"

namespace pare {

const char* name(DType dtype) { return dtype == DType::F32 ? "f32" : "bf16"; }

Tensor::Tensor(const Shape& shape, DType dtype) : shape_(shape), dtype_(dtype) {
  buffer_ = pooled_block(std::max<size_t>(bytes(), 1));
#ifndef NDEBUG
  std::memset(raw(), 0xFF, bytes());  // not a number, so that a test which reads what nobody wrote fails each time
#endif
}

Tensor Tensor::zeros(const Shape& shape, DType dtype) {
  Tensor tensor(shape, dtype);
  std::memset(tensor.raw(), 0, tensor.bytes());
  return tensor;
}

Tensor Tensor::full(const Shape& shape, float value) {
  Tensor tensor(shape);
  tensor.fill(value);
  return tensor;
}

Tensor Tensor::of(const Shape& shape, std::span<const float> values) {
  check(static_cast<int64_t>(values.size()) == shape.count(), "tensor: shape ", shape, " wants ",
        shape.count(), " values, got ", values.size());
  Tensor tensor(shape);
  std::copy(values.begin(), values.end(), tensor.data<float>());
  return tensor;
}

float Tensor::item() const {
  check(size() == 1, "tensor: item() of shape ", shape_);
  return data<float>()[0];
}

Tensor Tensor::clone() const {
  Tensor copy(shape_, dtype_);
  std::memcpy(copy.raw(), raw(), bytes());
  return copy;
}

Tensor Tensor::to(DType dtype) const {
  if (dtype == dtype_) return *this;
  Tensor converted(shape_, dtype);
  constexpr int64_t kGrain = 1 << 16;  // elements a thread should at least have
  parallel_ranges(size(), kGrain, [&](int64_t begin, int64_t end) {
    if (dtype == DType::BF16)
      narrow(data<float>() + begin, converted.data<Bfloat16>() + begin, end - begin);
    else
      widen(data<Bfloat16>() + begin, converted.data<float>() + begin, end - begin);
  });
  return converted;
}

Tensor Tensor::reshaped(const Shape& shape) const {
  check(shape.count() == size(), "tensor: cannot view ", shape_, " as ", shape);
  Tensor view = *this;
  view.shape_ = shape;
  return view;
}

void Tensor::fill(float value) {
  if (dtype_ == DType::F32) {
    std::fill_n(data<float>(), size(), value);
  } else {
    std::fill_n(data<Bfloat16>(), size(), Bfloat16(value));
  }
}

Tensor Tensor::kept(int axis, std::span<const int> indices) const {
  check(axis >= 0 && axis < shape_.rank(), "tensor: kept along axis ", axis, " of ", shape_);
  Shape shape = shape_;
  shape[axis] = static_cast<int64_t>(indices.size());
  Tensor slices(shape, dtype_);
  int64_t outer = 1;
  size_t inner = bytes_per_element(dtype_);  // bytes of one slice at one outer position
  for (int a = 0; a < axis; ++a) outer *= shape_[a];
  for (int a = axis + 1; a < shape_.rank(); ++a) inner *= static_cast<size_t>(shape_[a]);
  for (const int index : indices)
    check(index >= 0 && index < shape_[axis], "tensor: kept index ", index, " outside axis ", axis, " of ",
          shape_);
  copy_slices(raw(), outer, shape_[axis], inner, indices, slices.raw());
  return slices;
}

void copy_slices(const void* from, int64_t outer, int64_t extent, size_t bytes, std::span<const int> indices,
                 void* to) {
  const auto* const source = static_cast<const std::byte*>(from);
  auto* target = static_cast<std::byte*>(to);
  for (int64_t o = 0; o < outer; ++o)
    for (const int index : indices) {
      std::memcpy(target, source + static_cast<size_t>(o * extent + index) * bytes, bytes);
      target += bytes;
    }
}

void Tensor::check_dtype(DType wanted) const {
  check(wanted == dtype_, "tensor: ", shape_, " holds ", name(dtype_), ", not ", name(wanted));
}

}  // namespace pare
