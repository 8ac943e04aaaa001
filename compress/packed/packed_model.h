// Packed models: a trained network in as few bytes as Pare can make of it. docs/model-format.md describes the
// file.
#pragma once

#include "compress/packed/model_header.h"

namespace pare {

// The bytes of the file. Quantised weights must be rounded (round_scales.h). Of the spec's input the network
// knows the extents.
std::vector<uint8_t> pack_model(const Spec& spec, Network& network);

struct PackedModel {
  Spec spec;                           // what the network was trained on
  std::vector<int> original_channels;  // per layer with weights
  std::vector<int64_t> weight_bytes;   // per layer with weights: what they take of the file, to about a byte
  std::unique_ptr<Network> network;    // with frozen weights
};

// Trusts nothing in the bytes: throws Failure::Data naming the file for anything that no pack_model wrote,
// and allocates no more than the file can justify.
PackedModel unpack_model(std::span<const uint8_t> bytes, const std::string& file_name);
PackedModel read_model(const std::string& path);

// Whether these are the first bytes of a packed model.
bool looks_like_model(std::span<const uint8_t> bytes);
bool is_model_file(const std::string& path);  // the same of a file, if there is one

}  // namespace pare
