#include "layers/table.h"

#include "layers/channelwise/activation.h"
#include "layers/channelwise/batch_norm.h"
#include "layers/channelwise/gate.h"
#include "layers/channelwise/pool.h"
#include "layers/channelwise/quantise.h"
#include "layers/join.h"
#include "layers/mixing/conv2d.h"
#include "layers/mixing/linear.h"
#include "layers/residual.h"

namespace pare {
void Layers::describe(Fields& fields) { fields.variants("network", layers, layer_table(), ""); }

const Table<LayerConfig>& layer_table() {
  static const Table<LayerConfig> table{
      "layer",
      "layer",
      {
          RowOf<Conv2dConfig>{"conv2d", "two-dimensional convolution"},
          RowOf<LinearConfig>{"linear", "fully connected layer over everything an image holds"},
          RowOf<BatchNormConfig>{"batch_norm",
                                 "each channel to mean 0 and variance 1, then scaled and shifted"},
          RowOf<ReluConfig>{"relu", "max(x, 0)"},
          RowOf<MaxPoolConfig>{"max_pool", "maximum over windows"},
          RowOf<AveragePoolConfig>{"average_pool", "mean over windows"},
          RowOf<GlobalAveragePoolConfig>{"global_average_pool", "mean over the whole image"},
          RowOf<FlattenConfig>{"flatten", "the image is a vector from here on"},
          RowOf<ResidualConfig>{"residual", "the sum of a body and a shortcut that read the same input"},
          RowOf<AddConfig>{"add", "the sum of two inputs"},
          RowOf<ConcatConfig>{"concat", "the channels of several inputs, one behind the other"},
          RowOf<GateConfig>{"gate", "each channel times a learnable number; closes channels one by one"},
          RowOf<QuantiseConfig>{"quantise", "each number to one of 2^bits integers times a learnt step"},
          RowOf<DropoutConfig>{"dropout", "sets random elements to zero in training"},
      }};
  return table;
}

}  // namespace pare
