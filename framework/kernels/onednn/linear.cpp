#include "framework/kernels/linear.h"

#include "framework/kernels/onednn/engine.h"

namespace pare {
namespace {

using dnnl::memory;
using namespace onednn;

memory::desc matrix(int64_t rows, int64_t columns, DType dtype) {
  return {{rows, columns}, type_of(dtype), memory::format_tag::ab};
}
memory::desc packed_matrix(int64_t rows, int64_t columns, DType dtype) {
  return {{rows, columns}, type_of(dtype), memory::format_tag::any};
}
memory::desc vector(int64_t count) { return {{count}, memory::data_type::f32, memory::format_tag::a}; }

dnnl::inner_product_forward::primitive_desc forward_descriptor(int64_t n, int64_t k, int64_t o, DType dtype,
                                                               WithBias with_bias) {
  constexpr auto kTraining = dnnl::prop_kind::forward_training;
  using desc = dnnl::inner_product_forward::desc;
  const memory::desc src = matrix(n, k, dtype), weights = packed_matrix(o, k, dtype),
                     dst = matrix(n, o, dtype);
  const desc wanted = with_bias == WithBias::Yes ? desc(kTraining, src, weights, vector(o), dst)
                                                 : desc(kTraining, src, weights, dst);
  return {wanted, engine()};
}

}  // namespace

Tensor linear_forward(const Tensor& src, const Tensor& weights, const Tensor& bias) {
  const int64_t n = src.shape()[0], k = src.shape().row(), o = weights.shape()[0];
  check(weights.shape().row() == k, "linear: src ", src.shape(), " has ", k, " features, weights ",
        weights.shape(), " expect ", weights.shape().row());
  check(src.dtype() == weights.dtype(), "linear: src is ", name(src.dtype()), ", weights ",
        name(weights.dtype()));
  return guarded(
      [&] {
        const auto descriptor = forward_descriptor(n, k, o, src.dtype(), bias ? WithBias::Yes : WithBias::No);
        Tensor dst(Shape{n, o}, src.dtype());
        Tensor packed;
        std::unordered_map<int, memory> arguments = {
            {DNNL_ARG_SRC, as_memory(src, matrix(n, k, src.dtype()))},
            {DNNL_ARG_WEIGHTS,
             in_layout(as_memory(weights, matrix(o, k, src.dtype())), descriptor.weights_desc(), packed)},
            {DNNL_ARG_DST, as_memory(dst, matrix(n, o, src.dtype()))}};
        if (bias) arguments.insert({DNNL_ARG_BIAS, as_memory(bias, vector(o))});
        run(dnnl::inner_product_forward(descriptor), arguments);
        return dst;
      },
      "linear: src ", src.shape(), ", weights ", weights.shape());
}

// forward: dst = src weights^T; so diff_src = diff_dst weights.
Tensor linear_backward_data(const Tensor& diff_dst, const Tensor& weights) {
  const int64_t n = diff_dst.shape()[0], o = weights.shape()[0], k = weights.shape().row();
  check(diff_dst.shape().row() == o, "linear: diff_dst ", diff_dst.shape(), " for weights ", weights.shape());
  return guarded(
      [&] {
        const DType dtype = diff_dst.dtype();
        const dnnl::inner_product_backward_data::primitive_desc descriptor(
            {matrix(n, k, dtype), packed_matrix(o, k, dtype), matrix(n, o, dtype)}, engine(),
            forward_descriptor(n, k, o, dtype, WithBias::No));
        Tensor diff_src(Shape{n, k}, dtype);
        Tensor packed;
        run(dnnl::inner_product_backward_data(descriptor),
            {{DNNL_ARG_DIFF_DST, as_memory(diff_dst, matrix(n, o, dtype))},
             {DNNL_ARG_WEIGHTS,
              in_layout(as_memory(weights, matrix(o, k, dtype)), descriptor.weights_desc(), packed)},
             {DNNL_ARG_DIFF_SRC, as_memory(diff_src, matrix(n, k, dtype))}});
        return diff_src;
      },
      "linear backward: diff_dst ", diff_dst.shape(), ", weights ", weights.shape());
}

// forward: dst = src weights^T + bias; so diff_weights = diff_dst^T src, diff_bias = sum of diff_dst over N.
WeightGradients linear_backward_weights(const Tensor& diff_dst, const Tensor& src, WithBias with_bias) {
  const int64_t n = src.shape()[0], k = src.shape().row(), o = diff_dst.shape().row();
  check(diff_dst.shape()[0] == n, "linear: diff_dst ", diff_dst.shape(), " for src ", src.shape());
  return guarded(
      [&] {
        const DType dtype = src.dtype();
        using desc = dnnl::inner_product_backward_weights::desc;
        const memory::desc packed_weights = packed_matrix(o, k, DType::F32);
        const desc wanted = with_bias == WithBias::Yes
                                ? desc(matrix(n, k, dtype), packed_weights, vector(o), matrix(n, o, dtype))
                                : desc(matrix(n, k, dtype), packed_weights, matrix(n, o, dtype));
        const dnnl::inner_product_backward_weights::primitive_desc descriptor(
            wanted, engine(), forward_descriptor(n, k, o, dtype, with_bias));
        WeightGradients gradients{Tensor(Shape{o, k}), {}};
        const memory plain = as_memory(gradients.weights, matrix(o, k, DType::F32));
        Tensor packed;
        const bool direct = descriptor.diff_weights_desc() == plain.get_desc();
        const memory diff_weights = direct ? plain : scratch(descriptor.diff_weights_desc(), packed);
        std::unordered_map<int, memory> arguments = {
            {DNNL_ARG_SRC, as_memory(src, matrix(n, k, dtype))},
            {DNNL_ARG_DIFF_DST, as_memory(diff_dst, matrix(n, o, dtype))},
            {DNNL_ARG_DIFF_WEIGHTS, diff_weights}};
        if (with_bias == WithBias::Yes) {
          gradients.bias = Tensor(Shape{o});
          arguments.insert({DNNL_ARG_DIFF_BIAS, as_memory(gradients.bias, vector(o))});
        }
        run(dnnl::inner_product_backward_weights(descriptor), arguments);
        if (!direct) reorder(diff_weights, plain);
        return gradients;
      },
      "linear backward: diff_dst ", diff_dst.shape(), ", src ", src.shape());
}

}  // namespace pare
