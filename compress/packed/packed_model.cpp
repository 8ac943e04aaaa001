#include "compress/packed/packed_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>

#include "compress/coding/level_coder.h"
#include "compress/coding/models.h"
#include "compress/coding/sparse_coder.h"
#include "compress/packed/bounded_weights.h"
#include "compress/packed/primer.h"
#include "compress/round_scales.h"
#include "framework/config/config.h"
#include "framework/files/bytes.h"
#include "framework/files/file.h"
#include "layers/weights/frozen_weight.h"

namespace pare {
namespace {

constexpr std::string_view kMagic = "PARE\x02";  // the last byte is the version
constexpr int kOldestVersion = 1;
constexpr int kVersion1Steps = 16;  // of exponents; version 2 says which
constexpr size_t kChecksumBytes = 4;
constexpr size_t kLongestHeader = 1 << 20;
constexpr uint64_t kLargestFile = uint64_t{1} << 32;

// Everything learnt while coding one file. The same code, in the same order, writes and reads.
struct Models {
  AdaptiveText text{kHeaderPrimer};
  AdaptiveBit plain_weight, sparse_weight, plain_bias;
  AdaptiveSigned bias_exponent, bias_level;
  int exponent_steps = kVersion1Steps;
  std::unique_ptr<LevelCoder> levels;
  SparseCoder sparse;

  // Behind the header, from version 2 on.
  template <class Coder>
  void code_exponent_steps(Coder& coder, int steps) {
    exponent_steps =
        1 << coder.raw_bits(static_cast<uint32_t>(std::countr_zero(static_cast<uint32_t>(steps))), 3);
  }
};

template <class Coder>
float code_float(Coder& coder, float value) {
  return std::bit_cast<float>(coder.raw_bits(std::bit_cast<uint32_t>(value), 32));
}

// A weight that is not quantised, in place.
template <class Coder>
void code_plain(Coder& coder, Models& models, const Shape& shape, std::span<float> values) {
  if (coder.bit(SparseCoder::pays_for(values), models.sparse_weight))
    return models.sparse.code(coder, shape, values);
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
    check(std::fabs(e) < kLargestExponent, "pack: exponent ", e, " is not rounded");
    tensor.exponents.push_back(static_cast<int16_t>(e * static_cast<float>(models.exponent_steps)));
  }
  models.levels->encode(encoder, tensor);
}

WeightCode decode_weight(RangeDecoder& decoder, Models& models, const Shape& shape) {
  WeightCode code{shape, {}, {}, {}};
  if (decoder.bit(false, models.plain_weight)) {
    code.values.resize(static_cast<size_t>(shape.count()));
    code_plain(decoder, models, shape, code.values);
    return code;
  }
  LevelTensor tensor = models.levels->decode(decoder, shape);
  code.levels = std::move(tensor.levels);
  for (const int16_t steps : tensor.exponents)
    code.exponents.push_back(static_cast<float>(steps) / static_cast<float>(models.exponent_steps));
  return code;
}

// The largest power of two that the biases are multiples of, for a file of whatever grid; as of so many bits
// that no bias is an integer beyond them.
int common_exponent(std::span<const float> biases) {
  constexpr int kMostBits = 16;
  int exponent = bias_exponent(biases, kMostBits);
  const auto odd = [&](float b) { return std::fmod(std::ldexp(b, -exponent), 2.0f) != 0; };
  if (std::any_of(biases.begin(), biases.end(), [](float b) { return b != 0; }))
    while (std::none_of(biases.begin(), biases.end(), odd)) ++exponent;
  return exponent;
}

// Biases as integers times a power of two where they are exactly that, plain otherwise.
template <class Coder>
void code_biases(Coder& coder, Models& models, std::span<float> biases) {
  const int exponent = common_exponent(biases);
  const auto is_multiple = [exponent](float b) {
    const float level = std::ldexp(b, -exponent);
    return std::isfinite(level) && level == std::nearbyint(level) && !std::signbit(b) == (b >= 0);
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

ModelHeader header_of(const Spec& spec, const Network& network) {
  ModelHeader header;
  header.spec = spec;
  const Extent& images = network.images();
  header.spec.input = {images.height, images.width, images.channels, spec.input.element};
  header.layers = list_of_layers(network.graph());
  for (const Network::Node& node : network.nodes())
    if (node.coupling.owns()) header.was.push_back(node.original_channels);
  return header;
}

// What a layer holds besides weights: biases, or all of a batch norm that could not be folded.
template <class Coder>
void code_constants(Coder& coder, Models& models, Layer& layer) {
  if (layer.weight() != nullptr) {
    Parameter* const bias = layer.bias();
    if (bias == nullptr) return;
    bias->value = bias->value.clone();
    code_biases(coder, models, bias->value.floats());
    return;
  }
  layer.visit([&](Parameter& p) {
    p.value = p.value.clone();
    for (float& value : p.value.floats()) value = code_float(coder, value);
  });
}

// Which channels of a stream of `stream` a layer writes or lets through: the first `count`, unless it matters
// which (Network::numbers_matter); then one bit for each channel of the stream, in the context of the one
// before and of the list coded before it, of whichever stream.
class ChannelCoder {
 public:
  template <class Coder>
  StreamChannels code(Coder& coder, bool listed, int stream, int count, const std::vector<int>& channels) {
    StreamChannels result{stream, {}};
    if (!coder.bit(listed, listed_)) {
      return all_channels(count, stream);
    }
    last_.resize(stream, false);
    bool before = false;
    for (int c = 0; c < stream; ++c) {
      const bool there = std::binary_search(channels.begin(), channels.end(), c);
      before = coder.bit(there, there_[last_[c] ? 1 : 0][before ? 1 : 0]);
      last_[c] = before;
      if (before) result.channels.push_back(c);
    }
    return result;
  }

 private:
  AdaptiveBit listed_, there_[2][2];
  std::vector<bool> last_;
};

}  // namespace

std::vector<uint8_t> pack_model(const Spec& spec, Network& network) {
  RangeEncoder encoder;
  Models models;
  ModelHeader header = header_of(spec, network);
  models.text.code(encoder, header_text(header), kLongestHeader);
  models.code_exponent_steps(encoder, exponent_steps(network));
  models.levels = std::make_unique<LevelCoder>(models.exponent_steps);
  ChannelCoder channels;
  for (size_t i = 0; i < network.nodes().size(); ++i) {
    const Network::Node& node = network.nodes()[i];
    const auto count = static_cast<int>(node.channels.size());
    // In the order in which a network that is built asks for them.
    if (node.coupling.selects() && count < network.channels_read(node))
      channels.code(encoder, true, node.original_channels, count, node.channels);
    if (const Weight* weight = node.layer->weight()) encode_weight(encoder, models, weight->code());
    if (node.coupling.owns())
      channels.code(encoder, network.numbers_matter(static_cast<int>(i)) && count < node.original_channels,
                    node.original_channels, count, node.channels);
  }
  for (const Network::Node& node : network.nodes()) code_constants(encoder, models, *node.layer);
  ByteWriter writer;
  writer.put_text(kMagic);
  writer.put(encoder.finish());
  writer.u32(crc32_of(writer.bytes()));
  return writer.take();
}

namespace {

PackedModel unpack(std::span<const uint8_t> bytes, const std::string& file_name) {
  require(looks_like_model(bytes), Failure::Data, file_name,
          ": not a packed model (expected it to begin with \"PARE\")");
  require(bytes.size() > kMagic.size() + kChecksumBytes, Failure::Data, file_name, ": truncated at byte ",
          bytes.size());
  const int version = bytes[kMagic.size() - 1];
  require(version >= kOldestVersion && version <= kMagic.back(), Failure::Data, file_name,
          ": format version ", version, ", but this program reads versions ", kOldestVersion, " to ",
          int{kMagic.back()});
  const std::span<const uint8_t> covered = bytes.first(bytes.size() - kChecksumBytes);
  require(ByteReader(bytes.last(kChecksumBytes), file_name).u32() == crc32_of(covered), Failure::Data,
          file_name, ": the checksum is wrong; the file is damaged or was cut off");

  RangeDecoder decoder(covered.subspan(kMagic.size()));
  Models models;
  ModelHeader header = parse_header(models.text.code(decoder, "", kLongestHeader), file_name);
  if (version > 1) models.code_exponent_steps(decoder, 1);
  require(models.exponent_steps <= kMostExponentSteps, Failure::Data, file_name, ": exponents in 1/",
          models.exponent_steps, "; the file is damaged");
  models.levels = std::make_unique<LevelCoder>(models.exponent_steps);
  PackedModel model{header.spec, {}, {}, nullptr};

  const auto read_weight = [&](const WeightSite& site) {
    const size_t before = decoder.position();
    auto weight = std::make_unique<FrozenWeight>(decode_weight(decoder, models, site.shape));
    model.weight_bytes.push_back(static_cast<int64_t>(decoder.position() - before));
    return weight;
  };
  const WeightMaker stored = bounded_weights(read_weight, file_name, bytes.size());
  ChannelCoder channels;
  size_t written = 0;  // layers with weights so far
  const StreamSource streams = [&](int count, int stream) {
    if (stream == 0) {
      require(written < header.was.size(), Failure::Data, file_name, ": header: ", header.was.size(),
              " original channel counts, but more layers that mix channels");
      require(header.was[written] >= count, Failure::Data, file_name, ": header: mixing layer ", written,
              " has ", count, " channels, more than the ", header.was[written], " before");
      stream = header.was[written++];
    }
    StreamChannels chosen = channels.code(decoder, false, stream, count, {});
    require(static_cast<int>(chosen.channels.size()) == count, Failure::Data, file_name, ": behind ", written,
            " mixing layers there are ", chosen.channels.size(), " channels listed instead of ", count,
            "; the file is damaged");
    return chosen;
  };
  model.network = std::make_unique<Network>(header.layers, header.extent(), stored, 0, streams);
  for (const Network::Node& node : model.network->nodes()) {
    code_constants(decoder, models, *node.layer);
    if (node.layer->weight() != nullptr) model.original_channels.push_back(node.original_channels);
  }
  decoder.expect_end();
  require(written == header.was.size(), Failure::Data, file_name, ": header: ", header.was.size(),
          " original channel counts for ", written, " layers that mix channels");
  require(model.spec.outputs() == model.network->output().count(), Failure::Data, file_name,
          ": header: ", model.spec.outputs(),
          model.spec.classes.empty() ? " names of values for " : " class names for ",
          model.network->output().count(), model.spec.classes.empty() ? " numbers" : " scores");
  return model;
}

}  // namespace

// A fault in the compressed data or in the layers is the file's fault.
PackedModel unpack_model(std::span<const uint8_t> bytes, const std::string& file_name) {
  try {
    return unpack(bytes, file_name);
  } catch (const Error& error) {
    if (std::string_view(error.what()).starts_with(file_name)) throw;
    fail(Failure::Data, file_name, ": ", error.what());
  }
}

PackedModel read_model(const std::string& path) { return unpack_model(read_file(path, kLargestFile), path); }

bool is_model_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  uint8_t first[8] = {};
  file.read(reinterpret_cast<char*>(first), sizeof first);
  return looks_like_model({first, static_cast<size_t>(file.gcount())});
}

bool looks_like_model(std::span<const uint8_t> bytes) {
  const std::string_view name = kMagic.substr(0, 4);
  return bytes.size() >= name.size() && std::equal(name.begin(), name.end(), bytes.begin());
}

}  // namespace pare
