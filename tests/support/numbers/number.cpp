#include "tests/support/numbers/number.h"

#include "framework/base/error.h"

namespace pare::reference {
namespace {

Trace* current = nullptr;

}  // namespace

Trace::Trace() {
  check(current == nullptr, "reference: two traces at a time");
  current = this;
}

Trace::~Trace() { current = nullptr; }

Number Trace::input(double value) {
  nodes_.push_back({-1, -1, 0, 0});
  return {value, static_cast<int>(nodes_.size()) - 1};
}

Number Trace::result(double value, Number a, double da, Number b, double db) {
  if (current == nullptr || !current->recording_ || (a.node < 0 && b.node < 0)) return {value};
  current->nodes_.push_back({a.node, b.node, da, db});
  return {value, static_cast<int>(current->nodes_.size()) - 1};
}

double Trace::rounded(double value) {
  if (current == nullptr) return std::nearbyint(value);
  if (!current->recording_) return value + current->offsets_.at(current->next_offset_++);
  current->offsets_.push_back(std::nearbyint(value) - value);
  return std::nearbyint(value);
}

void Trace::backward(const Number& output) {
  gradients_.assign(nodes_.size(), 0.0);
  if (output.node < 0) return;
  gradients_[output.node] = 1;
  for (int i = output.node; i >= 0; --i) {
    const Node& node = nodes_[i];
    if (node.a >= 0) gradients_[node.a] += node.da * gradients_[i];
    if (node.b >= 0) gradients_[node.b] += node.db * gradients_[i];
  }
}

void Trace::replay() {
  recording_ = false;
  next_offset_ = 0;
}

}  // namespace pare::reference
