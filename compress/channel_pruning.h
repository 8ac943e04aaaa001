// ChannelPruning: whole channels that matter least for what they cost die while training goes on, until the
// network costs a chosen share of what it cost at the start.
//
// What a channel matters: the square of the first-order change of the task loss if it were zero,
// (sum over its parameters p of p dL/dp)^2, as a running mean over steps (Molchanov et al., "Importance
// Estimation for Neural Network Pruning", CVPR 2019, equation 8). Behind a batch norm that is gamma and beta:
// the weights in front of one are free of scale. What it costs: weights and multiply-adds, each as a share of
// the whole network's, of its own rows and of the columns that read it. Channels that can only leave together
// (layers/network/channel_groups.h) are judged together. Wide layers lose channels a vector at a time, as
// kernels compute them: 16 of 64 or more, 8 of 32 or more.
#pragma once

#include "layers/network/network.h"

namespace pare {

class ChannelPruning {
 public:
  // observe() is called in one of so many steps.
  static constexpr int kObserveEvery = 4;

  // Remembers what the network costs now.
  void start(const Network& network);
  // Between backward and update, while gradients are there: adds to each channel's importance, which is kept
  // with its parameters (Parameter::importance).
  static void observe(Network& network);
  // The mean of the shares of weights and of multiply-adds that are left since start().
  double cost(const Network& network) const;
  // Gives the least important channels zero bits, and makes what they carry zero, until those that live cost
  // `share` or less. Every layer keeps an eighth of its channels; frozen ones keep all, and so do layers
  // whose weights have no bits. Returns how many channels
  // of layers with weights died; remove_dead_channels takes them away.
  int prune(Network& network, double share) const;

 private:
  double weights_ = 1, multiply_adds_ = 1;  // at the start
};

}  // namespace pare
