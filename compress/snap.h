// Snapping: brings a network into the form of its file: weights as integers times a step, with exponents in
// sixteenths; biases as integers times a power of two per layer. The network computes with the rounded
// numbers from then on, so nothing is hidden.
#pragma once

#include "layers/network.h"

namespace pare {

constexpr float kExponentSteps = 16;      // exponents are multiples of 1/16
constexpr float kLargestExponent = 2047;  // what a file can hold, and far beyond what f32 can
constexpr int kBiasBits = 8;  // the largest bias of a layer becomes an integer of so many bits, sign included

// Freezes all weights. Levels stay the integers they are in training, only their steps move: weights that
// were quantised anew with the rounded step would go to the other level wherever they lie near the middle
// between two, and trained weights often do. Throws Failure::Diverged when an exponent is too large for that.
void snap(Network& network);

// The power of two that a layer's biases are multiples of after snapping; 0 biases give exponent 0.
int bias_exponent(std::span<const float> biases);

}  // namespace pare
