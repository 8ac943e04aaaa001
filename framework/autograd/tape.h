// Reverse-mode automatic differentiation on a tape.
//
// Operations append themselves in the order they run, which is a topological order, so the backward pass is
// one reverse loop without recursion, sorting or cycles. A closure captures exactly the tensors its backward
// reads: the capture list is the memory budget. Usage: record operations; call backward(loss) once; throw the
// tape away.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "framework/autograd/parameter.h"
#include "framework/autograd/profile.h"

namespace pare {

// A tensor on a tape. `node` names its gradient; kNoGradient when nothing behind it wants one.
struct Var {
  static constexpr int kNoGradient = -1;

  Tensor value;
  int node = kNoGradient;

  bool needs_grad() const { return node != kNoGradient; }
  const Shape& shape() const { return value.shape(); }
};

enum class Recording { Off, On };

class Tape {
 public:
  // Receives the gradient of the recorded value, and hands gradients of its inputs to Tape::add.
  using Backward = std::function<void(Tensor dy, Tape& tape)>;

  // `profile`, if any, is told where the time goes; it must outlive the tape.
  explicit Tape(Recording recording = Recording::On, Profile* profile = nullptr)
      : recording_(recording), profile_(profile) {}

  // The parameter's value; backward adds into parameter.grad. The parameter must outlive the tape. A constant
  // for one that is not trainable.
  Var leaf(Parameter& parameter);

  // A value that no gradient flows into.
  static Var constant(Tensor value) { return {std::move(value)}; }

  // The result of an operation. `wanted`: whether any input needs a gradient; otherwise nothing is recorded.
  // `operation` must be a string literal: it names the operation in profiles. `backward` is what a
  // Backward can be made of; making one allocates, so that is done only where it is recorded.
  template <class Function>
  Var record(const char* operation, Tensor value, bool wanted, Function&& backward) {
    lap(profile_, operation);
    if (!wanted || recording_ == Recording::Off) return constant(std::move(value));
    return push(operation, std::move(value), std::forward<Function>(backward));
  }

  // The time since the last operation belongs to work outside of the tape, of this name.
  void note_time(const char* work) { lap(profile_, work); }

  // Adds to the gradient of `node`; ignored for kNoGradient.
  void add(int node, Tensor gradient);
  // Operations and parameters that have a backward.
  int recorded() const { return static_cast<int>(entries_.size()); }
  // Whether anything was added to the gradient of `node` yet.
  bool reached(int node) const { return static_cast<bool>(entries_[node].gradient); }

  // d loss / d everything. `loss` is a one-element f32 value; gradients of parameters accumulate.
  void backward(const Var& loss);

 private:
  Var push(const char* operation, Tensor value, Backward backward);

  struct Entry {
    const char* operation;
    Backward backward;
    Tensor gradient;
  };

  Recording recording_;
  Profile* profile_;
  std::vector<Entry> entries_;
};

}  // namespace pare
