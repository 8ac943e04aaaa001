#include "compress/packed/packed_model.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "compress/coding/level_coder.h"
#include "compress/coding/models.h"
#include "compress/coding/sparse_coder.h"
#include "compress/packed/primer.h"
#include "compress/snap.h"
#include "framework/config/config.h"
#include "framework/files/bytes.h"
#include "framework/files/file.h"
#include "layers/frozen_weight.h"

namespace pare {
namespace {

constexpr std::string_view kMagic = "PARE\x01";  // the last byte is the version
constexpr size_t kChecksumBytes = 4;
constexpr size_t kLongestHeader = 1 << 15;
constexpr uint64_t kLargestFile = uint64_t{1} << 32;
// A weight costs the range coder at least 2^-15 bits or so, and finished networks have no rows of zeros; a file that
// claims more weights than this for its size is damaged or hostile.
constexpr int64_t kMostWeightsPerByte = 1 << 14;

// Everything learnt while coding one file. The same code, in the same order, writes and reads.
struct Models {
  AdaptiveText text{kHeaderPrimer};
  AdaptiveBit plain_weight, sparse_weight, plain_bias;
  AdaptiveSigned bias_exponent, bias_level;
  LevelCoder levels;
  SparseCoder sparse;
};

template <class Coder>
float code_float(Coder& coder, float value) {
  return std::bit_cast<float>(coder.raw_bits(std::bit_cast<uint32_t>(value), 32));
}

// A weight that is not quantised, in place.
template <class Coder>
void code_plain(Coder& coder, Models& models, const Shape& shape, std::span<float> values) {
  if (coder.bit(SparseCoder::pays_for(values), models.sparse_weight)) return models.sparse.code(coder, shape, values);
  for (float& value : values) value = code_float(coder, value);
}

// A weight of `shape`: plain numbers, or levels and exponents.
void encode_weight(RangeEncoder& encoder, Models& models, const WeightCode& code) {
  if (encoder.bit(code.levels.empty(), models.plain_weight)) {
    std::vector<float> values = code.values;
    code_plain(encoder, models, code.shape, values);
    return;
  }
  LevelTensor tensor{code.shape, code.levels, {}};
  for (const float e : code.exponents) {
    const float steps = e * kExponentSteps;
    check(steps == std::nearbyint(steps) && std::fabs(steps) < 32768, "pack: exponent ", e, " is not snapped");
    tensor.exponents.push_back(static_cast<int16_t>(steps));
  }
  models.levels.encode(encoder, tensor);
}

WeightCode decode_weight(RangeDecoder& decoder, Models& models, const Shape& shape) {
  WeightCode code{shape, {}, {}, {}};
  if (decoder.bit(false, models.plain_weight)) {
    code.values.resize(static_cast<size_t>(shape.count()));
    code_plain(decoder, models, shape, code.values);
    return code;
  }
  LevelTensor tensor = models.levels.decode(decoder, shape);
  code.levels = std::move(tensor.levels);
  for (const int16_t steps : tensor.exponents) code.exponents.push_back(static_cast<float>(steps) / kExponentSteps);
  return code;
}

// Biases as integers times a power of two where they are exactly that, plain otherwise.
template <class Coder>
void code_biases(Coder& coder, Models& models, std::span<float> biases) {
  const int exponent = bias_exponent(biases);
  const auto is_multiple = [exponent](float b) {
    const float level = std::ldexp(b, -exponent);
    return level == std::nearbyint(level) && !std::signbit(b) == (b >= 0);
  };
  const bool plain = !std::all_of(biases.begin(), biases.end(), is_multiple);
  if (coder.bit(plain, models.plain_bias)) {
    for (float& b : biases) b = code_float(coder, b);
    return;
  }
  const int coded_exponent = std::clamp(models.bias_exponent.code(coder, exponent), -1000, 1000);
  for (float& b : biases) {
    const auto level = static_cast<int32_t>(std::ldexp(b, -exponent));
    b = std::ldexp(static_cast<float>(models.bias_level.code(coder, level)), coded_exponent);
  }
}

// The layers as the network has them now.
LayerList shrunk_layers(LayerList& layers, const Network& network) {
  struct Layers {
    LayerList layers;
    void describe(Fields& fields) { fields.variants("network", layers, layer_table(), ""); }
  } original{std::move(layers)};
  Json json = write_config(original);
  layers = std::move(original.layers);
  Layers copy = read_config<Layers>(json, "network", Failure::Internal);
  for (size_t i = 0; i < copy.layers.size(); ++i)
    copy.layers[i]->resize(static_cast<int>(network.nodes()[i].channels.size()));
  return std::move(copy.layers);
}

ModelHeader header_of(const ModelInfo& info, LayerList& layers, Network& network) {
  ModelHeader header;
  header.data = info.data;
  header.classes = info.classes;
  // The shortest decimal that reads back as the same float.
  for (const float m : info.normalisation.mean) header.mean.push_back(std::round(m * 1e4) / 1e4);
  for (const float d : info.normalisation.deviation) header.deviation.push_back(std::round(d * 1e4) / 1e4);
  const Extent& images = network.images();
  header.input = {images.height, images.width, images.channels};
  header.layers = shrunk_layers(layers, network);
  for (const Network::Node& node : network.nodes())
    if (node.layer->weight() != nullptr) header.was.push_back(node.original_channels);
  return header;
}

}  // namespace

std::vector<uint8_t> pack_model(const ModelInfo& info, LayerList& layers, Network& network) {
  RangeEncoder encoder;
  Models models;
  ModelHeader header = header_of(info, layers, network);
  models.text.code(encoder, header_text(header), kLongestHeader);
  for (const Network::Node& node : network.nodes())
    if (const Weight* weight = node.layer->weight()) encode_weight(encoder, models, weight->code());
  for (const Network::Node& node : network.nodes())
    if (Parameter* bias = node.layer->bias()) {
      Tensor biases = bias->value.clone();
      code_biases(encoder, models, biases.floats());
    }
  ByteWriter writer;
  writer.put_text(kMagic);
  writer.put(encoder.finish());
  writer.u32(crc32_of(writer.bytes()));
  return writer.bytes();
}

std::vector<uint8_t> pack_snapshot(const ModelInfo& info, LayerList& layers, Network& network) {
  std::vector<Tensor> values;
  network.visit([&](Parameter& p) { values.push_back(p.value); });
  snap(network);
  std::vector<uint8_t> bytes = pack_model(info, layers, network);
  size_t next = 0;
  network.visit([&](Parameter& p) { p.value = values[next++]; });
  return bytes;
}

PackedModel unpack_model(std::span<const uint8_t> bytes, const std::string& file_name) {
  require(looks_like_model(bytes), Failure::Data, file_name, ": not a packed model (expected it to begin with \"PARE\")");
  require(bytes.size() > kMagic.size() + kChecksumBytes, Failure::Data, file_name, ": truncated at byte ", bytes.size());
  require(bytes[kMagic.size() - 1] == kMagic.back(), Failure::Data, file_name, ": format version ",
          int{bytes[kMagic.size() - 1]}, ", but this program reads version ", int{kMagic.back()});
  const std::span<const uint8_t> covered = bytes.first(bytes.size() - kChecksumBytes);
  require(ByteReader(bytes.last(kChecksumBytes), file_name).u32() == crc32_of(covered), Failure::Data, file_name,
          ": the checksum is wrong; the file is damaged or was cut off");

  RangeDecoder decoder(covered.subspan(kMagic.size()));
  Models models;
  ModelHeader header = parse_header(models.text.code(decoder, "", kLongestHeader), file_name);
  PackedModel model{{header.data, header.classes, header.normalisation()}, std::move(header.layers), header.was, nullptr};

  int64_t allowed = static_cast<int64_t>(bytes.size()) * kMostWeightsPerByte;
  const WeightMaker stored = [&](const WeightSite& site) {
    allowed -= site.shape.count();
    require(allowed >= 0, Failure::Data, file_name, ": ", site.name, " of ", site.shape,
            " cannot come out of a file of ", bytes.size(), " bytes; the file is damaged");
    return std::make_unique<FrozenWeight>(decode_weight(decoder, models, site.shape));
  };
  try {
    model.network = std::make_unique<Network>(model.layers, header.extent(), stored, 0);
  } catch (const Error& error) {
    if (error.failure() == Failure::Data) throw;
    fail(Failure::Data, file_name, ": ", error.what());
  }
  size_t layers_with_weights = 0;
  for (const Network::Node& node : model.network->nodes()) {
    if (Parameter* bias = node.layer->bias()) code_biases(decoder, models, bias->value.floats());
    if (node.layer->weight() != nullptr) ++layers_with_weights;
  }
  decoder.expect_end();
  require(model.original_channels.size() == layers_with_weights, Failure::Data, file_name, ": header: ",
          model.original_channels.size(), " original channel counts for ", layers_with_weights, " layers with weights");
  require(static_cast<int>(model.info.classes.size()) == model.network->output().channels, Failure::Data, file_name,
          ": header: ", model.info.classes.size(), " class names for ", model.network->output().channels, " scores");
  return model;
}

PackedModel read_model(const std::string& path) { return unpack_model(read_file(path, kLargestFile), path); }

bool looks_like_model(std::span<const uint8_t> bytes) {
  const std::string_view name = kMagic.substr(0, 4);
  return bytes.size() >= name.size() && std::equal(name.begin(), name.end(), bytes.begin());
}

}  // namespace pare
