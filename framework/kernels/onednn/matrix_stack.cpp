#include "framework/kernels/matrix_stack.h"

#include "framework/kernels/onednn/engine.h"

namespace pare {
namespace {

using dnnl::memory;
using namespace onednn;

memory matrices(const MatrixStack& stack, Transpose transpose) {
  memory::dims dims = {stack.count, stack.rows, stack.columns};
  memory::dims strides = {stack.to_next, stack.to_next_row, 1};
  if (transpose == Transpose::Yes) {
    std::swap(dims[1], dims[2]);
    std::swap(strides[1], strides[2]);
  }
  return as_memory(stack.numbers, {dims, type_of(stack.numbers.dtype()), strides});
}

// attributes(), and the product is added to what is there.
const dnnl::primitive_attr& adding() {
  static const dnnl::primitive_attr instance = [] {
    dnnl::primitive_attr attributes;  // a copy of another would share its contents
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    dnnl::post_ops sum;
    sum.append_sum();
    attributes.set_post_ops(sum);
    return attributes;
  }();
  return instance;
}

}  // namespace

void multiply(const MatrixStack& a, Transpose transpose_a, const MatrixStack& b, Transpose transpose_b,
              MatrixStack& c, Accumulate accumulate) {
  guarded(
      [&] {
        const memory left = matrices(a, transpose_a), right = matrices(b, transpose_b);
        const memory result = matrices(c, Transpose::No);
        const dnnl::primitive_attr& how = accumulate == Accumulate::Yes ? adding() : attributes();
        run<dnnl::matmul>({{left.get_desc(), right.get_desc(), result.get_desc()}, how, engine()},
                          {{DNNL_ARG_SRC, left}, {DNNL_ARG_WEIGHTS, right}, {DNNL_ARG_DST, result}});
      },
      "products of ", a.count, " matrices");
}

}  // namespace pare
