// The visible table of methods: a new one is one row here.
#include "compress/dense.h"
#include "compress/lottery/masked_weight.h"
#include "compress/self_compression/self_compress.h"

namespace pare {

const Table<MethodConfig>& method_table() {
  static const Table<MethodConfig> table{
      "method",
      "method",
      {
          {"none", make_config<DenseConfig>, "plain training, dense weights"},
          {"masked", make_config<MaskedConfig>, "weights times a mask of zeros and ones: lottery tickets"},
          {"self_compress", make_config<SelfCompressConfig>,
           "learnable bit depths; channels leave during training"},
      }};
  return table;
}

}  // namespace pare
