#include "deploy/onnx_graph.h"

namespace pare {
namespace {

constexpr int kIrVersion = 7, kOpset = 13;

// TensorProto.DataType
constexpr int kFloat = 1, kUint8 = 2, kInt8 = 3, kInt64 = 7;

template <class T>
std::span<const uint8_t> raw(std::span<const T> values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()};
}

ProtobufWriter attribute_proto(const OnnxAttribute& attribute) {
  const bool single = attribute.kind == OnnxAttribute::Kind::Integer;
  ProtobufWriter proto;
  proto.text(1, attribute.name);
  for (const int64_t value : attribute.values) proto.integer(single ? 3 : 8, value);  // i, ints
  proto.integer(20, single ? 2 : 7);                                                  // type: INT, INTS
  return proto;
}

ProtobufWriter port_proto(const OnnxPort& port) {
  ProtobufWriter batch, shape, tensor, type, proto;
  batch.text(2, "N");  // dim_param: any number
  shape.message(1, batch);
  for (const int64_t extent : port.extents) {
    ProtobufWriter dimension;
    dimension.integer(1, extent);
    shape.message(1, dimension);
  }
  tensor.integer(1, kFloat);
  tensor.message(2, shape);
  type.message(1, tensor);
  proto.text(1, port.name);
  proto.message(2, type);
  proto.text(3, port.help);
  return proto;
}

}  // namespace

std::string OnnxGraph::unique(std::string name) {
  while (!names_.insert(name).second) name += "_";
  return name;
}

std::string OnnxGraph::constant(const std::string& wanted, const std::vector<int64_t>& extents, int type,
                                std::span<const uint8_t> data) {
  const std::string name = unique(wanted);
  ProtobufWriter tensor;
  for (const int64_t extent : extents) tensor.integer(1, extent);
  tensor.integer(2, type);
  tensor.text(8, name);
  tensor.bytes(9, data);
  constants_.message(5, tensor);
  return name;
}

std::string OnnxGraph::constant(const std::string& name, const std::vector<int64_t>& extents,
                                std::span<const float> values) {
  return constant(name, extents, kFloat, raw(values));
}

std::string OnnxGraph::constant(const std::string& name, const std::vector<int64_t>& extents,
                                std::span<const int8_t> values) {
  return constant(name, extents, kInt8, raw(values));
}

std::string OnnxGraph::constant(const std::string& name, const std::vector<int64_t>& extents,
                                std::span<const uint8_t> values) {
  return constant(name, extents, kUint8, values);
}

std::string OnnxGraph::constant(const std::string& name, const std::vector<int64_t>& values) {
  return constant(name, {static_cast<int64_t>(values.size())}, kInt64, raw(std::span<const int64_t>(values)));
}

std::string OnnxGraph::node(const std::string& operation, const std::string& name,
                            const std::vector<std::string>& inputs,
                            const std::vector<OnnxAttribute>& attributes) {
  std::string own = unique(name);
  output(operation, own, inputs, attributes);
  return own;
}

void OnnxGraph::output(const std::string& operation, const std::string& port,
                       const std::vector<std::string>& inputs, const std::vector<OnnxAttribute>& attributes) {
  ProtobufWriter proto;
  for (const std::string& input : inputs) proto.text(1, input);
  proto.text(2, port);
  proto.text(3, port);
  proto.text(4, operation);
  for (const OnnxAttribute& attribute : attributes) proto.message(5, attribute_proto(attribute));
  nodes_.message(1, proto);
}

std::vector<uint8_t> OnnxGraph::file(const OnnxPort& input, const OnnxPort& output, const std::string& help,
                                     const std::map<std::string, std::string>& metadata) const {
  ProtobufWriter ports;
  ports.text(2, "pare");
  ports.message(11, port_proto(input));
  ports.message(12, port_proto(output));
  ByteWriter graph;
  graph.put(nodes_.written());
  graph.put(constants_.written());
  graph.put(ports.written());

  ProtobufWriter model, opset;
  opset.text(1, "");  // the standard operators
  opset.integer(2, kOpset);
  model.integer(1, kIrVersion);
  model.text(2, "pare");
  model.text(6, help);
  model.bytes(7, graph.bytes());
  model.message(8, opset);
  for (const auto& [key, value] : metadata) {
    ProtobufWriter entry;
    entry.text(1, key);
    entry.text(2, value);
    model.message(14, entry);
  }
  return model.written();
}

}  // namespace pare
