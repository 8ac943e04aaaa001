// ModelHeader: what a packed model says about itself, as JSON.
#pragma once

#include "framework/data/normalisation.h"
#include "layers/network/network.h"

namespace pare {

struct ModelHeader {
  std::string data;                     // the data set it was trained on
  std::vector<std::string> classes;     // what the scores stand for
  std::vector<double> mean, deviation;  // of pixels / 255, per channel
  std::vector<int> input;               // height, width, channels of an image
  LayerList layers;                     // with the channels that are left
  std::vector<int> was;                 // channels before training, of each layer that mixes channels

  void describe(Fields& fields);

  Extent extent() const { return {input[0], input[1], input[2]}; }
  Normalisation normalisation() const;
};

// On one line, without the fields that have their defaults.
std::string header_text(const ModelHeader& header);
// Throws Failure::Data naming the file when the text is not a header, or one that contradicts itself.
ModelHeader parse_header(const std::string& text, const std::string& file_name);

}  // namespace pare
