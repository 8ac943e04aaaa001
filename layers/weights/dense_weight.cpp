#include "layers/weights/dense_weight.h"

#include "framework/autograd/ops.h"

namespace pare {

DenseWeight::DenseWeight(const WeightSite& site, Initialiser initialiser)
    : value_{site.name, site.tags, initial_weights(site, initialiser), {}, {}} {}

Var DenseWeight::effective(Pass& pass) { return cast(pass.tape, pass.tape.leaf(value_), pass.dtype); }

WeightCode DenseWeight::code() const {
  const auto values = value_.value.floats();
  return {shape(), {}, {}, {values.begin(), values.end()}};
}

WeightMaker dense_weights(Initialiser initialiser) {
  return [initialiser](const WeightSite& site) { return std::make_unique<DenseWeight>(site, initialiser); };
}

}  // namespace pare
