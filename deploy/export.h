// Exports: a trained network in files that other programs read. docs/export.md says which program reads what.
//
// All of them take pixels / 255 as input; what normalises them is part of the exported model.
#pragma once

#include "compress/packed/packed_model.h"
#include "framework/data/source.h"
#include "framework/files/formats/safetensors.h"

namespace pare {

struct Exported {
  std::vector<uint8_t> bytes;
  std::vector<std::string> notes;  // what the user should know, one line each
};

enum class OnnxWeights {
  Int8,   // integers with a DequantizeLinear per output channel, where 8 bits hold them; nothing is lost
  Float,  // for readers without DequantizeLinear
};

// Throws Failure::Usage naming the layer when ONNX has no words for it.
Exported export_onnx(const Spec& spec, const Network& network, OnnxWeights weights);

// The weights as PyTorch lays them out, by the names of their layers: "0.conv2d.weight" (O,I,KH,KW),
// "7.linear.weight" (O,I). The metadata says how the layers fit together.
SafetensorsFile export_safetensors(const Spec& spec, const Network& network);

struct WebFile {
  std::string name, content;
};

// A page that runs the network in the browser on files of the kind it was trained on, which it prepares as
// Pare does. `samples` (may be empty) are the images it offers to look at, where inputs are images of
// classes. Throws Failure::Usage naming what the page cannot compute or read.
std::vector<WebFile> export_web(const Spec& spec, const Network& network, const Source* samples,
                                int64_t model_bytes, const std::vector<int>& original_channels);

}  // namespace pare
