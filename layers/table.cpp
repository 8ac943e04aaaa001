#include "layers/table.h"

#include "layers/activation.h"
#include "layers/batch_norm.h"
#include "layers/conv2d.h"
#include "layers/gate.h"
#include "layers/linear.h"
#include "layers/pool.h"
#include "layers/residual.h"

namespace pare {
namespace {

template <PoolKind kind>
std::unique_ptr<LayerConfig> make_pool_config() {
  return std::make_unique<PoolConfig>(kind);
}

}  // namespace

void Layers::describe(Fields& fields) { fields.variants("network", layers, layer_table(), ""); }

const Table<LayerConfig>& layer_table() {
  static const Table<LayerConfig> table{
      "layer",
      "layer",
      {
          {"conv2d", make_config<Conv2dConfig>, "two-dimensional convolution"},
          {"linear", make_config<LinearConfig>, "fully connected layer over everything an image holds"},
          {"batch_norm", make_config<BatchNormConfig>,
           "each channel to mean 0 and variance 1, then scaled and shifted"},
          {"relu", make_config<ReluConfig>, "max(x, 0)"},
          {"max_pool", make_pool_config<PoolKind::Max>, "maximum over windows"},
          {"average_pool", make_pool_config<PoolKind::Average>, "mean over windows"},
          {"global_average_pool", make_config<GlobalAveragePoolConfig>, "mean over the whole image"},
          {"flatten", make_config<FlattenConfig>, "the image is a vector from here on"},
          {"residual", make_config<ResidualConfig>,
           "the sum of a body and a shortcut that read the same input"},
          {"gate", make_config<GateConfig>, "each channel times a learnable number; closes channels one by one"},
          {"dropout", make_config<DropoutConfig>, "sets random elements to zero in training"},
      }};
  return table;
}

}  // namespace pare
