// ModelHeader: what a packed model says about itself, as JSON.
#pragma once

#include "framework/data/spec.h"
#include "layers/network/network.h"

namespace pare {

struct ModelHeader {
  Spec spec;             // of what it was trained on
  LayerList layers;      // with the channels that are left
  std::vector<int> was;  // channels before training, of each layer with channels of its own

  void describe(Fields& fields);

  Extent extent() const { return {spec.input.height, spec.input.width, spec.input.channels}; }
};

// On one line, without the fields that have their defaults.
std::string header_text(const ModelHeader& header);
// Throws Failure::Data naming the file when the text is not a header, or one that contradicts itself.
ModelHeader parse_header(const std::string& text, const std::string& file_name);

}  // namespace pare
