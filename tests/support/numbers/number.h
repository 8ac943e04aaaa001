// Number: a double that remembers how it was computed, so that one naive function gives both a value and its
// exact gradient. Slow and simple on purpose: it shares nothing with the engine it is used to judge.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

namespace pare::reference {

struct Number {
  double value = 0;
  int node = -1;  // in the current Trace; -1: nothing to differentiate

  Number() = default;
  Number(double v, int n = -1) : value(v), node(n) {}  // NOLINT: doubles are Numbers
};

// While it lives, records every Number that depends on one of its inputs. One at a time.
class Trace {
 public:
  Trace();
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  Number input(double value);
  void backward(const Number& output);  // once
  double gradient(const Number& input) const { return gradients_[input.node]; }

  // From here on nothing is recorded, and round_through adds what it added in the recorded pass. The
  // function so evaluated is the surrogate whose gradient was recorded. Call before every evaluation.
  void replay();

  // The result of an operation on a and b, with its derivatives to them.
  static Number result(double value, Number a, double da, Number b = {}, double db = 0);
  static double rounded(double value);

 private:
  struct Node {
    int a, b;
    double da, db;
  };
  std::vector<Node> nodes_;
  std::vector<double> gradients_;
  std::vector<double> offsets_;  // what each round_through added
  size_t next_offset_ = 0;
  bool recording_ = true;
};

inline Number operator+(Number a, Number b) { return Trace::result(a.value + b.value, a, 1, b, 1); }
inline Number operator-(Number a, Number b) { return Trace::result(a.value - b.value, a, 1, b, -1); }
inline Number operator*(Number a, Number b) {
  return Trace::result(a.value * b.value, a, b.value, b, a.value);
}
inline Number operator/(Number a, Number b) {
  return Trace::result(a.value / b.value, a, 1 / b.value, b, -a.value / (b.value * b.value));
}
inline Number operator-(Number a) { return Trace::result(-a.value, a, -1); }
inline Number exp(Number a) { return Trace::result(std::exp(a.value), a, std::exp(a.value)); }
inline Number sqrt(Number a) { return Trace::result(std::sqrt(a.value), a, 0.5 / std::sqrt(a.value)); }
inline Number log(Number a) { return Trace::result(std::log(a.value), a, 1 / a.value); }
inline Number exp2(Number a) {
  return Trace::result(std::exp2(a.value), a, std::numbers::ln2 * std::exp2(a.value));
}
inline Number log2(Number a) {
  return Trace::result(std::log2(a.value), a, 1 / (std::numbers::ln2 * a.value));
}

// To nearest, ties to even; the gradient passes straight through.
inline Number round_through(Number a) { return Trace::result(Trace::rounded(a.value), a, 1); }

}  // namespace pare::reference
