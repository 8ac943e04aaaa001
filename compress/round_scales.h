// Rounding: brings a network into the form of its file: weights as integers times a step, biases as integers
// times a power of two per layer, steps (of activations, too) and biases on a grid. The network computes with
// the rounded numbers from then on, so measured accuracy is that of the file.
#pragma once

#include "layers/network/network.h"

namespace pare {

struct Grid {
  int exponent_steps = 16;  // exponents are multiples of 1/exponent_steps, a power of two
  int bias_bits = 8;        // the largest bias of a layer becomes an integer of so many bits, sign included
};

constexpr int kMostExponentSteps = 64;
constexpr float kLargestExponent = 511;  // what a file can hold, and far beyond what f32 can

// Freezes all weights. Levels stay the integers they are in training, only their steps move: weights that
// were quantised anew with the rounded step would go to the other level wherever they lie near the middle
// between two, and trained weights often do. Throws Failure::Diverged when an exponent is too large for that.
void round_scales(Network& network, const Grid& grid = {});

// The fewest steps whose grid holds the exponents of all channels that are not zero. Failure::Internal for a
// network that is not rounded.
int exponent_steps(const Network& network);

// The power of two that these biases are multiples of when the largest takes so many bits; 0 for biases that
// are all 0.
int bias_exponent(std::span<const float> biases, int bits);

}  // namespace pare
