#include "framework/config/synonyms.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace pare {
namespace {

// By what is meant: layers, losses, methods, keys.
constexpr Synonym kSynonyms[] = {
    {"dense", "linear"},
    {"fc", "linear"},
    {"fullyconnected", "linear"},
    {"depthwiseconv2d", "conv2d", "with \"groups\": 0"},
    {"groupconv2d", "conv2d", "with \"groups\""},
    {"conv", "conv2d"},
    {"conv1d", "conv2d", "on inputs of width 1"},
    {"avgpool", "average_pool"},
    {"averagepooling2d", "average_pool"},
    {"maxpooling2d", "max_pool"},
    {"maxpool2d", "max_pool"},
    {"gap", "global_average_pool"},
    {"globalavgpool", "global_average_pool"},
    {"adaptiveavgpool2d", "global_average_pool"},
    {"bn", "batch_norm"},
    {"skip", "residual"},
    {"shortcut", "residual"},
    {"sum", "add"},
    {"cat", "concat"},
    {"concatenate", "concat"},

    {"mse", "squared_error"},
    {"mseloss", "squared_error"},
    {"meansquarederror", "squared_error"},
    {"mae", "absolute_error"},
    {"l1", "absolute_error"},
    {"meanabsoluteerror", "absolute_error"},
    {"smoothl1", "huber"},
    {"bce", "binary_cross_entropy"},
    {"bcewithlogits", "binary_cross_entropy"},
    {"ce", "cross_entropy"},
    {"categoricalcrossentropy", "cross_entropy"},
    {"sparsecategoricalcrossentropy", "cross_entropy"},

    {"prune", "self_compress", "with \"target_cost\", or `pare lottery`"},
    {"pruning", "self_compress", "with \"target_cost\", or `pare lottery`"},
    {"quantize", "self_compress"},
    {"quantise", "self_compress"},
    {"qat", "self_compress"},
    {"compress", "self_compress"},

    {"batchsize", "batch"},
    {"learningrate", "lr"},
    {"augmentation", "augment"},
    {"augmentations", "augment"},
    {"transforms", "augment"},
    {"valsplit", "validation"},
    {"validationsplit", "validation"},
    {"filters", "channels"},
    {"outchannels", "channels"},
    {"units", "features"},
    {"outfeatures", "features"},
    {"kernelsize", "kernel"},
    {"poolsize", "size"},
    {"strides", "stride"},
    {"activation", "layer", "\"relu\" as a layer of its own"},
    {"layers", "network"},
    {"model", "network"},
    {"dataset", "data"},
    {"criterion", "loss"},
    {"objective", "loss"},
    {"initializer", "initialiser"},
    {"init", "initialiser"},
    {"dtype", "precision"},
    {"amp", "precision"},
    {"device", "threads"},
    {"numworkers", "threads"},
    {"numepochs", "epochs"},
    {"decay", "weight_decay"},
    {"l2", "weight_decay"},
    {"wd", "weight_decay"},
    {"quantization", "compress"},
    {"quantisation", "compress"},
    {"pruning", "compress"},
    {"distillation", "teacher"},
    {"distill", "teacher"},
    {"kd", "teacher"},
    {"targetsize", "target_bytes"},
    {"targetmacs", "target_cost"},
    {"targetflops", "target_cost"},
    {"sparsity", "target_cost"},

    {"fp16", "bf16"},
    {"float16", "bf16"},
    {"half", "bf16"},
    {"bfloat16", "bf16"},
    {"fp32", "f32"},
    {"float32", "f32"},
    {"float", "f32"},
    {"cosineannealing", "cosine"},
    {"cosineannealinglr", "cosine"},
    {"onecyclelr", "one_cycle"},
    {"steplr", "step"},
    {"multistep", "step"},
};

}  // namespace

const Synonym* synonym_of(std::string_view word, const std::vector<std::string>& known) {
  std::string bare;
  for (const char c : word)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      bare += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto* const found = std::ranges::find_if(kSynonyms, [&](const Synonym& synonym) {
    return synonym.theirs == bare && std::ranges::find(known, synonym.ours) != known.end();
  });
  return found == std::end(kSynonyms) ? nullptr : found;
}

}  // namespace pare
