// The visible table of methods: a new one is one row here.
#include "compress/dense.h"
#include "compress/lottery/masked_weight.h"
#include "compress/quantisation/lsq.h"
#include "compress/self_compression/self_compress.h"
#include "compress/surgery/drop_in.h"
#include "compress/surgery/surgery.h"

namespace pare {

const Table<MethodConfig>& method_table() {
  static const Table<MethodConfig> table{
      "method",
      "method",
      {
          RowOf<DenseConfig>{"none", "plain training, dense weights"},
          RowOf<MaskedConfig>{"masked", "weights times a mask of zeros and ones: lottery tickets"},
          RowOf<LsqConfig>{"lsq", "weights of a fixed number of bits with learnt steps"},
          RowOf<SurgeryConfig>{"surgery", "weights are masked when they are small, and back when they grow"},
          RowOf<DropInConfig>{"drop_in", "small weights go and some masked ones return, to a wanted share"},
          RowOf<SelfCompressConfig>{"self_compress", "learnable bit depths; channels leave during training"},
      }};
  return table;
}

}  // namespace pare
