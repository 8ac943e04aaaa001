#include "compress/packed/packed_model.h"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cmath>
#include <cstring>
#include <map>

#include "compress/coding/models.h"
#include "compress/fold.h"
#include "compress/packed/model_header.h"
#include "compress/packed/primer.h"
#include "compress/removal.h"
#include "compress/round_scales.h"
#include "framework/data/preprocessing/picture_preprocessing.h"
#include "framework/files/bytes.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

namespace {

const char* const kLayers = R"([
  {"layer": "conv2d", "channels": 5, "kernel": 3, "padding": 1}, {"layer": "max_pool"}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 6, "kernel": 3, "bias": false}, {"layer": "average_pool", "size": 3, "stride": 2}, {"layer": "relu"},
  {"layer": "dropout", "rate": 0.25}, {"layer": "flatten"},
  {"layer": "linear", "features": 7}, {"layer": "relu"}, {"layer": "linear", "features": 3}])";
constexpr Extent kImages{14, 14, 2};
const Spec kInfo{"cifar-10", {"ant", "bee \"B\"", "caf\u00e9"}, {{0.1307f, 0.5f}, {0.3081f, 0.25f}}};

// A network as training leaves it: all depths, biases of all sizes.
Network trained(const WeightMaker& weights) {
  Network network(layers_of(kLayers), kImages, weights, 1);
  Rng rng(5, "trained");
  network.visit([&](Parameter& p) {
    if (p.is(ParameterTag::Bits))
      for (float& b : p.value.floats()) b = rng.uniform(0.2f, 9);
    if (p.is(ParameterTag::Exponents))
      for (float& e : p.value.floats()) e += rng.normal();
    if (p.is(ParameterTag::Bias))
      for (float& b : p.value.floats()) b = rng.normal();
  });
  return network;
}

struct Packed {
  LayerList layers = layers_of(kLayers);
  Network network;
  std::vector<uint8_t> bytes;
  Packed(Network n) : network(std::move(n)), bytes(pack_model(kInfo, network)) {}
};

Packed self_compressed() {
  Network network = trained(self_compressing());
  parameter(network, "0.conv2d.weight.bits").value.data<float>()[1] = 0;
  parameter(network, "0.conv2d.bias").value.data<float>()[1] = 0;
  parameter(network, "8.linear.weight.bits").value.data<float>()[4] = 0;
  REQUIRE(remove_dead_channels(network, Dead::ForGood) == 2);
  round_scales(network);
  return Packed(std::move(network));
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

// The file with its checksum made right again.
std::vector<uint8_t> sealed(std::vector<uint8_t> covered) {
  ByteWriter writer;
  writer.put(covered);
  writer.u32(crc32_of(covered));
  return writer.bytes();
}

// A well-formed file that says this of itself, then that its first weight is quantised, and nothing else.
std::vector<uint8_t> file_with_header(const std::string& header) {
  RangeEncoder encoder;
  AdaptiveText text(kHeaderPrimer);
  AdaptiveBit plain_weight;
  text.code(encoder, header);
  encoder.raw_bits(4, 3);  // exponents in sixteenths
  encoder.bit(false, plain_weight);
  ByteWriter writer;
  writer.put_text("PARE\x02");
  writer.put(encoder.finish());
  return sealed(writer.bytes());
}

std::string refusal_of(const std::vector<uint8_t>& bytes) {
  const std::string message = failure_of(Failure::Data, [&] { unpack_model(bytes, "m.pare"); });
  CHECK_MESSAGE(contains(message, "m.pare"), message);
  CHECK(!contains(message, "\n"));
  return message;
}

int64_t peak_kilobytes() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss;
}

}  // namespace

TEST_CASE("packed model: the reloaded network gives the same logits bit for bit") {
  const Tensor images = random_tensor({5, 14, 14, 2}, 9);
  for (const bool plain : {false, true}) {
    Packed packed = plain ? Packed(trained(dense())) : self_compressed();
    PackedModel model = unpack_model(packed.bytes, "m.pare");
    CHECK(same_bits(logits_of(packed.network, images), logits_of(*model.network, images)));
  }
}

TEST_CASE("packed model: the paper's levels come back bit for bit, too") {
  Network network = trained(self_compressing(6, Levels::Paper));
  round_scales(network);
  Packed packed(std::move(network));
  const Tensor images = random_tensor({5, 14, 14, 2}, 9);
  CHECK(same_bits(logits_of(packed.network, images),
                  logits_of(*unpack_model(packed.bytes, "m.pare").network, images)));
}

TEST_CASE(
    "packed model: the paper's levels: weights that were clipped stay so when a batch norm turns their "
    "sign") {
  Network network(layers_of(R"([{"layer": "conv2d", "channels": 4, "bias": false}, {"layer": "batch_norm"},
                                {"layer": "flatten"}, {"layer": "linear", "features": 3}])"),
                  {5, 5, 2}, self_compressing(4, Levels::Paper), 1);
  network.visit([](Parameter& p) {
    for (float& value : p.value.floats()) {
      if (p.name == "0.conv2d.weight.exponents") value -= 1;  // clips on both sides
      if (p.name == "1.batch_norm.gamma") value = -1;
    }
  });
  const Tensor images = random_tensor({3, 5, 5, 2}, 9);
  const Tensor before = logits_of(network, images).clone();
  fold(network);
  CHECK(network.nodes().size() == 3);
  CHECK(difference(logits_of(network, images), before) < 1e-5);
}

TEST_CASE("packed model: numbers on any grid come back, and a coarser one takes fewer bytes") {
  size_t before = SIZE_MAX;
  for (const Grid& grid : {Grid{64, 10}, Grid{16, 8}, Grid{8, 6}, Grid{1, 4}}) {
    CAPTURE(grid.exponent_steps);
    Network network = trained(self_compressing());
    round_scales(network, grid);
    CHECK(exponent_steps(network) == grid.exponent_steps);
    Packed packed(std::move(network));
    CHECK(packed.bytes.size() < before);
    before = packed.bytes.size();
    PackedModel model = unpack_model(packed.bytes, "m.pare");
    const Tensor images = random_tensor({5, 14, 14, 2}, 9);
    CHECK(same_bits(logits_of(*model.network, images), logits_of(packed.network, images)));
    CHECK(pack_model(model.spec, *model.network) == packed.bytes);
  }
}

TEST_CASE("packed model: files of version 1 stay readable") {
  const PackedModel model = read_model(PARE_SOURCE_DIR "/tests/files/version_1.pare");
  CHECK(model.spec.data == "mnist");
  CHECK(model.original_channels == std::vector<int>{16, 24, 32, 10});
  const Tensor scores = logits_of(*model.network, random_tensor({1, 28, 28, 1}, 3));
  const std::vector<double> expected = {-1.64652, -2.65993, 0.384571, 1.55654,   -3.32388,
                                        2.18874,  -3.6824,  -1.16208, -0.160182, -0.647309};
  for (size_t i = 0; i < expected.size(); ++i)
    CHECK(scores.data<float>()[i] == doctest::Approx(expected[i]).epsilon(1e-4));
}

TEST_CASE("packed model: folding and snapping keep the levels of training, but for a sign") {
  for (const Levels levels : {Levels::Paper, Levels::Symmetric}) {
    CAPTURE(static_cast<int>(levels));
    Network network(layers_of(R"([{"layer": "conv2d", "channels": 8, "bias": false}, {"layer": "batch_norm"},
                                  {"layer": "conv2d", "channels": 8, "groups": 0, "bias": false},
                                  {"layer": "batch_norm"}, {"layer": "flatten"}, {"layer": "linear", "features": 3}])"),
                    {9, 9, 4}, self_compressing(3, levels), 1);
    Rng rng(2, "scales");
    network.visit([&](Parameter& p) {
      if (p.name.ends_with(".gamma"))
        for (float& gamma : p.value.floats()) gamma = rng.uniform(-2, 2);
      if (!p.is(ParameterTag::Weight)) return;
      // Half of them a little beside the middle between two levels, where another step would move them over.
      const int64_t row = p.value.shape().row();
      for (int64_t i = 0; i < p.value.size(); i += 2) {
        const float step = step_size(parameter(network, p.name + ".exponents").value.data<float>()[i / row]);
        float& w = p.value.data<float>()[i];
        w = step * (std::floor(w / step) + rng.uniform(0.495f, 0.505f));
      }
    });
    const auto levels_of = [&](const std::string& name) {
      for (const Network::Node& node : network.nodes())
        if (node.name == name) return node.layer->weight()->code().levels;
      return std::vector<int32_t>();
    };
    std::map<std::string, std::vector<int32_t>> before;
    for (const char* name : {"0.conv2d", "2.conv2d", "5.linear"}) before[name] = levels_of(name);
    const std::vector<float> first = numbers(parameter(network, "1.batch_norm.gamma").value),
                             second = numbers(parameter(network, "3.batch_norm.gamma").value);
    for (const auto& [name, gammas] : {std::pair("0.conv2d", first), std::pair("2.conv2d", second)})
      for (size_t i = 0; i < before[name].size(); ++i)
        if (gammas[i * gammas.size() / before[name].size()] < 0) before[name][i] *= -1;
    fold(network);
    round_scales(network);
    CHECK(network.nodes().size() == 4);
    for (const auto& [name, expected] : before) CHECK(levels_of(name) == expected);
  }
}

TEST_CASE("packed model: the file says what the network was and is for") {
  const Packed packed = self_compressed();
  const PackedModel model = unpack_model(packed.bytes, "m.pare");
  CHECK(model.spec.data == kInfo.data);
  CHECK(model.spec.classes == kInfo.classes);
  CHECK(model.spec.normalisation.mean == kInfo.normalisation.mean);
  CHECK(model.spec.normalisation.deviation == kInfo.normalisation.deviation);
  CHECK(model.original_channels == std::vector<int>{5, 6, 7, 3});
  CHECK(model.network->images().shape(1) == Shape{1, 14, 14, 2});
  CHECK(model.network->weight_count() == packed.network.weight_count());
  CHECK(looks_like_model(packed.bytes));
}

TEST_CASE("packed model: how a picture becomes the input travels along in some 30 bytes") {
  const auto packed_with = [](const Variant<Preprocessing>& preprocessing) {
    Network network(layers_of(R"([{"layer": "linear", "features": 2}])"), {4, 4, 3}, dense(), 1);
    return pack_model({"pets", {"cat", "dog"}, {{0, 0, 0}, {1, 1, 1}}, {}, {}, preprocessing}, network);
  };
  Variant<Preprocessing> cropped = choose(preprocessing_table(), "pictures");
  auto& pictures = static_cast<PicturePreprocessing&>(*cropped);
  pictures.fit = Fit::Crop;
  const PackedModel model = unpack_model(packed_with(cropped), "test");
  REQUIRE(model.spec.preprocessing.kind == "pictures");
  const auto& read = static_cast<const PicturePreprocessing&>(*model.spec.preprocessing);
  CHECK(read.fit == Fit::Crop);
  CHECK(read.background == std::vector<int>{255, 255, 255});
  CHECK(packed_with(cropped).size() <= packed_with({}).size() + 32);
  pictures.background = {1, 2};
  CHECK(contains(failure_of(Failure::Data, [&] { unpack_model(packed_with(cropped), "test"); }),
                 "test: header: preprocessing: background has 2 numbers"));
  CHECK(!unpack_model(packed_with({}), "test").spec.preprocessing);
}

TEST_CASE("packed model: fields at their default are left out of the header, a layer's inputs, too") {
  ModelHeader header;
  header.layers = list_of_layers(lower(layers_of(R"([{"layer": "residual",
      "body": [{"layer": "conv2d", "channels": 3, "padding": 1}, {"layer": "relu"}],
      "shortcut": [{"layer": "conv2d", "channels": 3, "kernel": 1}]}, {"layer": "linear", "features": 2}])"),
                                       {4, 4, 3}));
  CHECK(contains(header_text(header),
                 R"("network":[{"layer":"conv2d","channels":3,"padding":1},{"layer":"relu"},)"
                 R"({"layer":"conv2d","inputs":["images"],"channels":3,"kernel":1},)"
                 R"({"layer":"add","inputs":["1.relu","2.conv2d"]},{"layer":"linear","features":2}])"));
}

TEST_CASE("packed model: packing what was unpacked gives the same file") {
  for (const bool plain : {false, true}) {
    const Packed packed = plain ? Packed(trained(dense())) : self_compressed();
    PackedModel model = unpack_model(packed.bytes, "m.pare");
    CHECK(pack_model(model.spec, *model.network) == packed.bytes);
  }
}

TEST_CASE("packed model: a network of two thousand layers is packed and read back") {
  std::string layers = R"([{"layer": "flatten"})";
  for (int i = 0; i < 1999; ++i) layers += R"(, {"layer": "dropout", "rate": 0.25})";
  LayerList list = layers_of(layers + R"(, {"layer": "linear", "features": 3}])");
  Network network(list, {2, 2, 2}, dense(), 1);
  CHECK(unpack_model(pack_model(kInfo, network), "m.pare").network->nodes().size() == 2001);
}

TEST_CASE("packed model: quantised weights cost what they hold, not 32 bits") {
  const Packed small = self_compressed();
  CHECK(static_cast<double>(small.bytes.size()) < 1.0 * static_cast<double>(small.network.weight_count()));
}

TEST_CASE("packed model: cut off anywhere or with one byte changed it is refused") {
  const std::vector<uint8_t> bytes = self_compressed().bytes;
  for (size_t length = 0; length < bytes.size(); ++length)
    refusal_of({bytes.begin(), bytes.begin() + static_cast<long>(length)});
  for (size_t at = 0; at < bytes.size(); ++at)
    for (const int flip : {0x01, 0x80, 0xFF}) {
      std::vector<uint8_t> damaged = bytes;
      damaged[at] ^= static_cast<uint8_t>(flip);
      refusal_of(damaged);
    }
  std::vector<uint8_t> longer = bytes;
  longer.push_back(0);
  refusal_of(longer);
}

TEST_CASE("packed model: damage under a right checksum gives an error or a network, never a crash") {
  const std::vector<uint8_t> bytes = self_compressed().bytes;
  const std::vector<uint8_t> covered(bytes.begin(), bytes.end() - 4);
  int refused = 0, tried = 0;
  for (size_t at = 5; at < covered.size(); at += 1 + covered.size() / 100, ++tried) {
    std::vector<uint8_t> damaged = covered;
    damaged[at] ^= static_cast<uint8_t>(1 + at % 255);
    try {
      PackedModel model = unpack_model(sealed(damaged), "m.pare");
      if (model.network->multiply_adds() < 1'000'000)
        logits_of(*model.network, random_tensor(model.network->images().shape(1)));
    } catch (const Error& error) {
      CHECK(error.failure() == Failure::Data);
      ++refused;
    }
  }
  CHECK(refused > tried / 2);
  refusal_of(sealed({covered.begin(), covered.end() - 9}));
  refusal_of(sealed({covered.begin(), covered.begin() + 5}));
}

TEST_CASE("packed model: another format or version is said to be one") {
  std::vector<uint8_t> bytes = self_compressed().bytes;
  bytes[4] = 3;
  const std::string version = refusal_of(bytes);
  CHECK(contains(version, "version 3"));
  CHECK(contains(version, "versions 1 to 2"));
  bytes[0] = 'p';
  CHECK(contains(refusal_of(bytes), "not a packed model"));
}

TEST_CASE("packed model: hostile headers are refused before they cost memory") {
  const std::string start = R"({"data":"mnist","classes":["a"],"mean":[0],"deviation":[1],)";
  const std::string small = start + R"("input":[8,8,1],"network":)",
                    linear = R"({"layer":"linear","features":1})";
  std::string many = "[";
  for (int i = 0; i < 1500; ++i) many += R"({"layer":"relu"},)";
  const std::string headers[] = {
      "",
      "{}",
      "null",
      "[1,2",
      std::string(60, '['),
      small + R"([],"was":[]})",
      small + "[" + linear + R"(],"was":[]})",
      small + "[" + linear + R"(],"was":[1,1]})",
      small + R"([{"layer":"linear","features":2}],"was":[2]})",
      small + R"([{"layer":"conv3d"}],"was":[2]})",
      small + R"([{"layer":"linear","features":2147483647}],"was":[1]})",
      small + R"([{"layer":"conv2d","channels":2147483647}],"was":[1]})",
      small + R"([{"layer":"conv2d","channels":1,"padding":2147483647},)" + linear + R"(],"was":[1,1]})",
      small + R"([{"layer":"conv2d","channels":1,"padding":1000000000},)" + linear + R"(],"was":[1,1]})",
      small + R"([{"layer":"conv2d","channels":3,"kernel":1,"padding":1073741820},)" + linear +
          R"(],"was":[1,1]})",
      small + R"([{"layer":"conv2d","channels":1,"kernel":2147483647,"dilation":2147483647},)" + linear +
          R"(],"was":[1,1]})",
      small + R"([{"layer":"max_pool","size":2147483647,"padding":2147483646},)" + linear + R"(],"was":[1]})",
      small + R"([{"layer":"linear","features":16000000}],"was":[1]})",
      small + R"([{"layer":"conv2d","channels":100000000},)" + linear + R"(],"was":[1,1]})",
      small + many + linear + R"(],"was":[1,1]})",
      start + R"("input":[8,8],"network":[)" + linear + R"(],"was":[1]})",
      start + R"("input":[8,8,2],"network":[)" + linear + R"(],"was":[1]})",
      start + R"("input":[0,8,1],"network":[)" + linear + R"(],"was":[1]})",
      start + R"("input":[2147483647,8,1],"network":[)" + linear + R"(],"was":[1]})",
      start + R"("input":[16384,16384,1],"network":[{"layer":"flatten"},)" + linear + R"(],"was":[1]})",
      // 2^14 2^14 2^36: a product that is 0 in 64 bits.
      start +
          R"("input":[16384,16384,1],"network":[{"layer":"conv2d","channels":65536,"kernel":1,"padding":1},)"
          R"({"layer":"linear","features":1048576}],"was":[1,1]})",
      start + R"("input":[16384,16384,1],"network":[{"layer":"linear","features":1073741824}],"was":[1]})",
  };
  const int64_t before = peak_kilobytes();
  for (const std::string& header : headers) {
    CAPTURE(header.substr(0, 200));
    refusal_of(file_with_header(header));
  }
  CHECK(peak_kilobytes() - before < 256 * 1024);
}

TEST_CASE(
    "snap: exponents become sixteenths, biases 8-bit multiples of a power of two, and snapping again changes "
    "nothing") {
  Network network(layers_of(R"([{"layer": "linear", "features": 6}])"), {1, 1, 4}, self_compressing(), 1);
  Tensor& bias = parameter(network, "0.linear.bias").value;
  const WeightCode before = network.layer(0).weight()->code();
  // The largest is rounded up to the next power of two in the second row.
  for (const std::vector<float>& biases : {std::vector<float>{0.3f, -0.7f, 0.01f, 0, -0.0f, 0.5f},
                                           {0.999f, 0.0234f, -0.3f, 0.011f, 0, 0.1f},
                                           {0, 0, 0, 0, 0, 0},
                                           {-3e-20f, 1e-20f, 0, 0, 0, 0}}) {
    bias = Tensor::of({6}, biases);
    round_scales(network);
    const WeightCode code = network.layer(0).weight()->code();
    CHECK(code.levels == before.levels);
    const std::vector<float> once = numbers(bias);
    const int exponent = bias_exponent(once, 8);
    for (size_t i = 0; i < once.size(); ++i) {
      const double level = std::ldexp(double{once[i]}, -exponent);
      CHECK(level == std::nearbyint(level));
      CHECK(std::fabs(level) <= 128);
      CHECK(std::fabs(once[i] - biases[i]) <= std::ldexp(0.5, exponent));
      CHECK(!(once[i] == 0 && std::signbit(once[i])));
      CHECK(code.exponents[i] * 16 == std::nearbyint(code.exponents[i] * 16));
      CHECK(std::fabs(code.exponents[i] - before.exponents[i]) <= 0.5f / 16);
    }
    round_scales(network);
    CHECK(numbers(bias) == once);
  }
}
