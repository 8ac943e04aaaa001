#include "framework/kernels/linear.h"

#include "framework/kernels/elementwise.h"
#include "framework/kernels/matrix_stack.h"
#include "framework/kernels/onednn/engine.h"

namespace pare {
namespace {

using dnnl::memory;
using namespace onednn;

// A tensor read as a matrix (rows, columns), or as that matrix's transpose without moving anything.
memory matrix(const Tensor& tensor, Transpose transpose = Transpose::No) {
  const memory::dim rows = tensor.shape()[0], columns = tensor.shape().row();
  const auto type = type_of(tensor.dtype());
  if (transpose == Transpose::Yes) return as_memory(tensor, {{columns, rows}, type, memory::format_tag::ba});
  return as_memory(tensor, {{rows, columns}, type, memory::format_tag::ab});
}

// dst = a b, plus bias (1,columns) in every row if it is not empty. All three are plain matrices: the
// inner_product primitives pack weights and unpack their gradients at each call, which costs as much as half
// the product itself.
void multiply(const memory& a, const memory& b, const Tensor& bias, const memory& dst) {
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, dst}};
  if (!bias) {
    run<dnnl::matmul>({{a.get_desc(), b.get_desc(), dst.get_desc()}, attributes(), engine()}, arguments);
    return;
  }
  const memory row = as_memory(bias, {{1, bias.size()}, memory::data_type::f32, memory::format_tag::ab});
  arguments.insert({DNNL_ARG_BIAS, row});
  run<dnnl::matmul>({{a.get_desc(), b.get_desc(), row.get_desc(), dst.get_desc()}, attributes(), engine()},
                    arguments);
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
        Tensor dst(Shape{n, o}, src.dtype());
        multiply(matrix(src), matrix(weights, Transpose::Yes), bias, matrix(dst));
        return dst;
      },
      "linear: src ", src.shape(), ", weights ", weights.shape());
}

// forward: dst = src weights^T; so diff_src = diff_dst weights.
Tensor linear_backward_data(const Tensor& diff_dst, const Tensor& weights) {
  check(diff_dst.shape().row() == weights.shape()[0], "linear: diff_dst ", diff_dst.shape(), " for weights ",
        weights.shape());
  return guarded(
      [&] {
        Tensor diff_src(Shape{diff_dst.shape()[0], weights.shape().row()}, diff_dst.dtype());
        multiply(matrix(diff_dst), matrix(weights), {}, matrix(diff_src));
        return diff_src;
      },
      "linear backward: diff_dst ", diff_dst.shape(), ", weights ", weights.shape());
}

// forward: dst = src weights^T + bias; so diff_weights = diff_dst^T src, diff_bias = sum of diff_dst over N.
WeightGradients linear_backward_weights(const Tensor& diff_dst, const Tensor& src, WithBias with_bias) {
  check(diff_dst.shape()[0] == src.shape()[0], "linear: diff_dst ", diff_dst.shape(), " for src ",
        src.shape());
  return guarded(
      [&] {
        WeightGradients gradients{Tensor(Shape{diff_dst.shape().row(), src.shape().row()}), {}};
        multiply(matrix(diff_dst, Transpose::Yes), matrix(src), {}, matrix(gradients.weights));
        if (with_bias == WithBias::Yes) gradients.bias = sum_of_rows(diff_dst);
        return gradients;
      },
      "linear backward: diff_dst ", diff_dst.shape(), ", src ", src.shape());
}

}  // namespace pare
