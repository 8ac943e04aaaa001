// How well a network does on images: in evaluation mode, in order, every image once.
#pragma once

#include "framework/data/batches.h"
#include "layers/network/network.h"

namespace pare {

constexpr int kEvaluationBatch = 250;

struct Score {
  double loss = 0;  // mean cross-entropy, in nats
  int64_t correct = 0, images = 0;
  double accuracy() const {
    return images == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(images);
  }
};

Score evaluate(Network& network, const Batches& batches, DType precision);

}  // namespace pare
