#include "framework/autograd/tape.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <initializer_list>
#include <vector>

#include "framework/autograd/ops.h"
#include "framework/kernels/elementwise/elementwise.h"

using namespace pare;

namespace {

Parameter parameter(std::initializer_list<float> values) {
  Parameter p;
  p.value = Tensor::of(Shape{static_cast<int64_t>(values.size())}, std::vector<float>(values));
  return p;
}

std::vector<float> numbers(const Tensor& tensor) { return {tensor.floats().begin(), tensor.floats().end()}; }

// A scalar whose gradient to x is 1, 2, 3, ...: equal gradients would hide mix-ups.
Var weighted_sum(Tape& tape, const Var& x) {
  Tensor weights(x.shape());
  for (int64_t i = 0; i < weights.size(); ++i) weights.data<float>()[i] = static_cast<float>(i + 1);
  return tape.record("weighted_sum", Tensor::full(Shape{1}, 0), x.needs_grad(),
                     [weights, node = x.node](const Tensor& dy, Tape& gradients) {
                       Tensor dx = weights.clone();
                       scale(dx, dy.item());
                       gradients.add(node, dx);
                     });
}

// x unchanged; counts how often its backward runs.
Var watched(Tape& tape, const Var& x, int& calls) {
  return tape.record("watched", x.value, x.needs_grad(),
                     [&calls, node = x.node](const Tensor& dy, Tape& gradients) {
                       ++calls;
                       gradients.add(node, dy);
                     });
}

using List = std::vector<float>;

}  // namespace

TEST_CASE("tape: x + x has gradient 2") {
  Parameter p = parameter({1, 2, 3});
  Tape tape;
  const Var x = tape.leaf(p);
  tape.backward(weighted_sum(tape, add(tape, x, x)));
  CHECK(numbers(p.grad) == List{2, 4, 6});
}

TEST_CASE("tape: a diamond adds both paths, and runs what they share once") {
  Parameter p = parameter({1, -2, 3});
  Tape tape;
  int calls = 0;
  const Var shared = watched(tape, tape.leaf(p), calls);
  const Var left = relu(tape, shared);
  const Var right = add(tape, shared, shared);
  tape.backward(weighted_sum(tape, add(tape, left, right)));
  CHECK(numbers(p.grad) == List{3, 4, 9});
  CHECK(calls == 1);
}

TEST_CASE("tape: a parameter used twice, through one leaf or two, gets the sum") {
  Parameter p = parameter({1, 2});
  Tape tape;
  const Var first = tape.leaf(p), second = tape.leaf(p);
  const Var y = add(tape, relu(tape, first), add(tape, relu(tape, first), second));
  tape.backward(weighted_sum(tape, y));
  CHECK(numbers(p.grad) == List{3, 6});
}

TEST_CASE("tape: backward is not called where nobody needs the gradient") {
  Parameter p = parameter({1, 2});
  Tape tape;
  int constant_calls = 0, unused_calls = 0;
  const Var x = tape.leaf(p);
  const Var c = watched(tape, Tape::constant(Tensor::full(Shape{2}, 5)), constant_calls);
  CHECK_FALSE(c.needs_grad());
  const Var unused = watched(tape, x, unused_calls);  // the loss does not depend on it
  CHECK(unused.needs_grad());
  tape.backward(weighted_sum(tape, add(tape, x, c)));
  CHECK(constant_calls == 0);
  CHECK(unused_calls == 0);
  CHECK(numbers(p.grad) == List{1, 2});
}

TEST_CASE("tape: conv2d and linear keep a tensor only for a gradient that somebody wants") {
  // Without the weights no data gradient can be computed, without x no weight gradient.
  struct Kept {
    bool x, w;
  };
  const auto kept = [](bool conv, bool x_is_leaf, bool w_is_leaf) {
    Parameter x, w;
    x.value = Tensor::zeros(conv ? Shape{1, 4, 4, 3} : Shape{2, 3});
    w.value = Tensor::zeros(conv ? Shape{5, 3, 3, 3} : Shape{5, 3});
    Tape tape;
    {
      const Var xv = x_is_leaf ? tape.leaf(x) : Tape::constant(x.value);
      const Var wv = w_is_leaf ? tape.leaf(w) : Tape::constant(w.value);
      if (conv)
        conv2d(tape, xv, wv, {}, {});
      else
        linear(tape, xv, wv, {});
    }
    return Kept{!x.value.sole_owner(), !w.value.sole_owner()};
  };
  for (const bool conv : {true, false}) {
    CAPTURE(conv);
    const Kept first_layer = kept(conv, false, true), frozen = kept(conv, true, false);
    const Kept middle = kept(conv, true, true), neither = kept(conv, false, false);
    CHECK((first_layer.x && !first_layer.w));
    CHECK((!frozen.x && frozen.w));
    CHECK((middle.x && middle.w));
    CHECK((!neither.x && !neither.w));
  }
}

TEST_CASE("tape: Recording::Off records nothing and keeps nothing") {
  Parameter p = parameter({-1, 2});
  Tape tape(Recording::Off);
  {
    const Var y = relu(tape, add(tape, tape.leaf(p), tape.leaf(p)));
    CHECK_FALSE(y.needs_grad());
    CHECK(numbers(y.value) == List{0, 4});
    tape.backward(weighted_sum(tape, y));
  }
  CHECK_FALSE(p.grad);
  CHECK(p.value.sole_owner());
}

TEST_CASE("tape: a backward that is not recorded is neither copied nor moved") {
  struct Counted {
    int* taken;
    explicit Counted(int* count) : taken(count) {}
    Counted(const Counted& other) : taken(other.taken) { ++*taken; }
    void operator()(const Tensor&, Tape&) const {}
  };
  int off_taken = 0, unwanted_taken = 0, recorded_taken = 0;
  const Tensor one = Tensor::full({1}, 1);
  Tape off(Recording::Off), on;
  off.record("off", one, true, Counted(&off_taken));
  on.record("unwanted", one, false, Counted(&unwanted_taken));
  CHECK(on.recorded() == 0);
  on.record("recorded", one, true, Counted(&recorded_taken));
  CHECK(on.recorded() == 1);
  CHECK(off_taken == 0);
  CHECK(unwanted_taken == 0);
  CHECK(recorded_taken > 0);
}

TEST_CASE("tape: gradients accumulate over two backward passes") {
  Parameter p = parameter({1, 2});
  for (int pass = 1; pass <= 2; ++pass) {
    Tape tape;
    const Var x = tape.leaf(p);
    tape.backward(weighted_sum(tape, add(tape, x, x)));
  }
  CHECK(numbers(p.grad) == List{4, 8});
}

TEST_CASE("tape: backward frees what it has passed") {
  Parameter x, w;
  x.value = Tensor::zeros(Shape{2, 3});
  w.value = Tensor::zeros(Shape{5, 3});
  Tape tape;
  tape.backward(weighted_sum(tape, linear(tape, tape.leaf(x), tape.leaf(w), {})));
  CHECK(x.value.sole_owner());
  CHECK(w.value.sole_owner());
}

TEST_CASE("tape: relu's backward writes in place only where nobody else reads") {
  // The gradient of a + b is one buffer for both; relu must not zero a's through b's.
  Parameter a = parameter({1, 1, 1}), b = parameter({-1, 2, -3});
  Tape tape;
  const Var y = add(tape, tape.leaf(a), relu(tape, tape.leaf(b)));
  tape.backward(weighted_sum(tape, y));
  CHECK(numbers(a.grad) == List{1, 2, 3});
  CHECK(numbers(b.grad) == List{0, 2, 0});
}

TEST_CASE("tape: relu of a value used twice, in either order") {
  for (const bool relu_first : {true, false}) {
    Parameter p = parameter({-1, 2, -3});
    Tape tape;
    const Var x = tape.leaf(p);
    const Var positive = relu(tape, x);
    const Var y = relu_first ? add(tape, positive, x) : add(tape, x, positive);
    const Var again = add(tape, relu(tape, x), reshape(tape, y, Shape{3}));
    tape.backward(weighted_sum(tape, again));
    CHECK(numbers(p.grad) == List{1, 6, 3});
    CHECK(numbers(p.value) == List{-1, 2, -3});
  }
}

TEST_CASE("tape: relu of relu, and a relu whose result is used again") {
  Parameter p = parameter({-1, 2, 3});
  Tape tape;
  const Var once = relu(tape, tape.leaf(p));
  const Var twice = relu(tape, once);
  const Var y = add(tape, once, twice);
  tape.backward(weighted_sum(tape, y));
  CHECK(numbers(p.grad) == List{0, 4, 6});
  CHECK(numbers(once.value) == List{0, 2, 3});
}

TEST_CASE("tape: two parameters never share one gradient buffer") {
  // An optimiser scales gradients in place: clipping one must not clip the other.
  Parameter a = parameter({1, 2}), b = parameter({3, 4});
  Tape tape;
  tape.backward(weighted_sum(tape, add(tape, tape.leaf(a), reshape(tape, tape.leaf(b), Shape{2}))));
  scale(a.grad, 0);
  CHECK(numbers(a.grad) == List{0, 0});
  CHECK(numbers(b.grad) == List{1, 2});
}

TEST_CASE("tape: ReLU lets NaN pass, alone and behind batch norm, so that a diverged run is noticed") {
  Tape off(Recording::Off);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const Tensor x = Tensor::of({2, 1}, std::vector<float>{nan, -1.0f});
  const Tensor y = relu(off, Tape::constant(x)).value;
  CHECK(std::isnan(y.data<float>()[0]));
  CHECK(y.data<float>()[1] == 0.0f);
  const Tensor one = Tensor::full({1}, 1), zero = Tensor::zeros({1});
  CHECK(std::isnan(scale_shift(x, one, zero, {}, Activation::Relu).data<float>()[0]));
}
