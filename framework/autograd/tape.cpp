#include "framework/autograd/tape.h"

#include <utility>

#include "framework/kernels/elementwise/elementwise.h"

namespace pare {
namespace {

// total += addend, in place only when nothing else holds total's buffer: x + x hands the same dy to both
// inputs.
void add_gradient(Tensor& total, Tensor addend) {
  if (!total)
    total = std::move(addend);
  else if (total.sole_owner())
    accumulate(total, addend);
  else
    total = sum(total, addend);
}

}  // namespace

Var Tape::leaf(Parameter& parameter) {
  if (!parameter.trainable || recording_ == Recording::Off) return constant(parameter.value);
  Parameter* const p = &parameter;
  // Optimisers write into grad, so it must not be the buffer of another input's gradient.
  return push("parameter", parameter.value, [p](Tensor dy, Tape&) {
    if (!p->grad && !dy.sole_owner()) dy = dy.clone();
    add_gradient(p->grad, std::move(dy));
  });
}

Var Tape::push(const char* operation, Tensor value, Backward backward) {
  entries_.push_back({operation, std::move(backward), {}});
  return {std::move(value), static_cast<int>(entries_.size()) - 1};
}

void Tape::add(int node, Tensor gradient) {
  if (node != Var::kNoGradient) add_gradient(entries_[node].gradient, std::move(gradient));
}

void Tape::backward(const Var& loss) {
  if (!loss.needs_grad()) return;
  add(loss.node, Tensor::full(loss.shape(), 1.0f));
  for (int node = loss.node; node >= 0; --node) {
    Entry entry = std::move(entries_[node]);  // frees the captured tensors as the loop passes
    if (!entry.gradient) continue;
    entry.backward(std::move(entry.gradient), *this);
    entry.backward = nullptr;  // giving back what it captured is part of its time
    lap(profile_, entry.operation, Direction::Backward);
  }
}

}  // namespace pare
