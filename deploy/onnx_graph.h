// OnnxGraph: collects the nodes and constants of an ONNX model and writes the file. Knows ONNX, not our
// networks.
//
// Field numbers are those of onnx.proto (https://github.com/onnx/onnx). Opset 13 and IR 7: the oldest that
// have DequantizeLinear per channel, so the most readers know them.
#pragma once

#include <map>
#include <set>

#include "framework/files/formats/protobuf.h"

namespace pare {

struct OnnxAttribute {
  std::string name;
  std::vector<int64_t> values;
  enum class Kind { Integer, Integers } kind = Kind::Integers;
};
inline OnnxAttribute onnx_integer(std::string name, int64_t value) {
  return {std::move(name), {value}, OnnxAttribute::Kind::Integer};
}

// The model's input or output: f32, any number of images times these extents.
struct OnnxPort {
  std::string name;
  std::vector<int64_t> extents;  // without the batch axis
  std::string help;
};

class OnnxGraph {
 public:
  // Names of ports, which nothing else gets.
  explicit OnnxGraph(std::set<std::string> ports) : names_(std::move(ports)) {}

  // Constants. The name it gets is returned, for use as a node's input: the one asked for, or with "_" behind
  // it where others have it.
  std::string constant(const std::string& name, const std::vector<int64_t>& extents,
                       std::span<const float> values);
  std::string constant(const std::string& name, const std::vector<int64_t>& extents,
                       std::span<const int8_t> values);
  std::string constant(const std::string& name, const std::vector<int64_t>& extents,
                       std::span<const uint8_t> values);
  std::string constant(const std::string& name,
                       const std::vector<int64_t>& values);  // extents (values.size())

  // A node with one output, which gets the node's name. That name is returned, made unique as above.
  std::string node(const std::string& operation, const std::string& name,
                   const std::vector<std::string>& inputs, const std::vector<OnnxAttribute>& attributes = {});

  // The node that gives an output port.
  void output(const std::string& operation, const std::string& port, const std::vector<std::string>& inputs,
              const std::vector<OnnxAttribute>& attributes);

  // The bytes of the file.
  std::vector<uint8_t> file(const OnnxPort& input, const OnnxPort& output, const std::string& help,
                            const std::map<std::string, std::string>& metadata) const;

 private:
  std::string constant(const std::string& name, const std::vector<int64_t>& extents, int type,
                       std::span<const uint8_t> data);
  std::string unique(std::string name);

  std::set<std::string> names_;
  ProtobufWriter nodes_, constants_;  // fields of the GraphProto, concatenated at the end
};

}  // namespace pare
