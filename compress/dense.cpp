#include "compress/dense.h"

#include "layers/weights/dense_weight.h"

namespace pare {
namespace {

class Dense : public Method {
 public:
  WeightMaker weights(Initialiser initialiser) const override { return dense_weights(initialiser); }
};

}  // namespace

std::unique_ptr<Method> DenseConfig::make() const { return std::make_unique<Dense>(); }

}  // namespace pare
