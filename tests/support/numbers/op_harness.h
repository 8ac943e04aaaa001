// One harness for every operation. A case is data: inputs, the operation, its naive version. `prove` then
// shows three things about it:
//   1. the naive version's gradients agree with finite differences in double (1e-7);
//   2. the operation's value and every gradient agree with the naive version in f32 (1e-5 if the case says
//   nothing);
//   3. the same in bf16 (2e-2 if the case says nothing), where this machine can: both see the inputs rounded
//   to bf16.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "framework/autograd/ops.h"
#include "framework/base/rng.h"
#include "tests/support/numbers/reference.h"

namespace pare {

// Which data type an input has when the case runs in bf16.
enum class Storage { Activation, AlwaysF32 };
// Whether the inputs stay away from where the operation has no derivative. At kinks only the written
// convention can be compared, so there are no finite differences.
enum class Kinks { Avoided, Hit };
enum class Precisions { Both, OnlyF32 };

using Vars = std::vector<Var>;
using Arrays = std::vector<reference::Array>;
using Values = std::vector<float>;
using Draw = std::function<Values(const Shape&, Rng&)>;

Values normal(const Shape& shape, Rng& rng);
Draw cycle(Values values);  // these, over and over

struct OpInput {
  std::string name;
  Shape shape;
  Draw draw = normal;
  Storage storage = Storage::Activation;
};

struct OpCase {
  std::string name;
  std::vector<OpInput> inputs;
  std::function<Var(Tape&, const std::vector<Var>&, DType)> op;
  std::function<reference::Array(const std::vector<reference::Array>&)> naive;
  // Moves the drawn inputs away from kinks, when single draws cannot know where those are.
  std::function<void(std::vector<Values>&, Rng&)> settle = {};
  Kinks kinks = Kinks::Avoided;
  Precisions precisions = Precisions::Both;
  double f32_tolerance = 1e-5;
  double bf16_tolerance = 2e-2;
};

// The worst error of an element, relative to its size or the root mean square of its tensor, the larger one.
double relative_error(std::span<const float> got, std::span<const double> expected);

// Proves all cases, with doctest's checks, and prints the worst errors seen.
void prove(const std::string& op, std::span<const OpCase> cases);

}  // namespace pare
