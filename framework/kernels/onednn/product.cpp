#include "framework/kernels/onednn/product.h"

#include <map>

#include "framework/kernels/onednn/engine.h"
#include "framework/kernels/onednn/version.h"

namespace pare::onednn {
namespace {

using dnnl::memory;

// A primitive and its arguments, which only wait for their buffers. All three matrices are plain: the
// inner_product primitives pack weights and unpack their gradients at each call, which costs as much as half
// the product itself.
class Product {
 public:
  explicit Product(const ProductKind& kind)
      : left_(matrix(kind.rows, kind.inner, kind.from, kind.left_steps)),
        right_(matrix(kind.inner, kind.columns, kind.from, kind.right_steps)),
        result_(matrix(kind.rows, kind.columns, kind.to, kind.result_steps)),
        arguments_{{DNNL_ARG_SRC, left_}, {DNNL_ARG_WEIGHTS, right_}, {DNNL_ARG_DST, result_}} {
    memory::desc bias;
    if (kind.bias) {
      added_ = matrix(1, kind.columns, *kind.bias, {kind.columns, 1});
      bias = added_.get_desc();
      arguments_.insert({DNNL_ARG_BIAS, added_});
    }
    const auto descriptor = descriptor_of<dnnl::matmul>(attributes(), left_.get_desc(), right_.get_desc(),
                                                        bias, result_.get_desc());
    primitive_ = dnnl::matmul(descriptor);
    scratchpad_ = memory(descriptor.scratchpad_desc(), engine(), nullptr);
    arguments_.insert({DNNL_ARG_SCRATCHPAD, scratchpad_});
  }

  // `added` is null where there is no bias.
  void make(void* left, void* right, void* added, void* result) {
    Tensor storage;
    left_.set_data_handle(left);
    right_.set_data_handle(right);
    if (added_) added_.set_data_handle(added);
    result_.set_data_handle(result);
    if (const memory::desc wanted = scratchpad_.get_desc(); wanted.get_size() > 0) {
      storage = buffer_for(wanted);
      scratchpad_.set_data_handle(storage.raw());
    }
    primitive_.execute(stream(), arguments_);
    stream().wait();
    check_guard(storage);
  }

 private:
  static memory matrix(int64_t rows, int64_t columns, DType dtype, const std::array<int64_t, 2>& steps) {
    return {{{rows, columns}, type_of(dtype), {steps[0], steps[1]}}, engine(), nullptr};
  }

  memory left_, right_, result_, added_, scratchpad_;
  std::unordered_map<int, memory> arguments_;
  dnnl::matmul primitive_;
};

// Each thread's own, since a product holds the buffers it works on. Finding oneDNN's primitive anew, and its
// arguments, takes 5 microseconds a product; LeNet-300-100's take 40, those of what compression leaves of it
// 2. Layers that lose channels leave kinds behind that are never asked for again, so a full store is emptied.
Product& product_of(const ProductKind& kind) {
  constexpr size_t kMost = 256;
  thread_local std::map<ProductKind, Product> products;
  const auto known = products.find(kind);
  if (known != products.end()) return known->second;
  if (products.size() == kMost) products.clear();
  return products.try_emplace(kind, kind).first->second;
}

ProductKind kind_of(const Matrix& a, const Matrix& b, const Tensor& bias, const Matrix& dst, IndexRange rows,
                    IndexRange columns) {
  return {a.numbers.dtype(),
          dst.numbers.dtype(),
          bias ? std::optional(bias.dtype()) : std::nullopt,
          rows.size(),
          a.columns,
          columns.size(),
          a.steps,
          b.steps,
          dst.steps};
}

}  // namespace

void multiply_part(const Matrix& a, const Matrix& b, const Tensor& bias, const Matrix& dst, IndexRange rows,
                   IndexRange columns) {
  const Tensor row = bias ? bias.reshaped({1, bias.size()}) : Tensor();
  product_of(kind_of(a, b, bias, dst, rows, columns))
      .make(a.at(rows.begin, 0), b.at(0, columns.begin), bias ? Matrix(row).at(0, columns.begin) : nullptr,
            dst.at(rows.begin, columns.begin));
}

}  // namespace pare::onednn
