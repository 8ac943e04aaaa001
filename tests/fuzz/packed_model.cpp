#include "compress/packed/packed_model.h"

#include <algorithm>

#include "compress/coding/models.h"
#include "compress/packed/primer.h"
#include "framework/files/bytes.h"
#include "layers/network/executor.h"
#include "tests/fuzz/finding.h"

namespace pare::fuzz {
namespace {

constexpr std::string_view kMagic = "PARE\x02";
constexpr int64_t kMostWork = 100'000;  // of a network that is tried out

// Otherwise the checksum would shield all that lies behind it.
std::vector<uint8_t> sealed(std::span<const uint8_t> bytes) {
  ByteWriter writer;
  writer.put(bytes);
  writer.u32(crc32_of(bytes));
  return writer.bytes();
}

// A file with this header, and behind it this code for weights. libFuzzer cannot change a letter of a
// header that is already compressed.
std::vector<uint8_t> file_of(const std::string& header, std::span<const uint8_t> rest) {
  static const AdaptiveText primed{kHeaderPrimer};  // learning it by heart takes half of the target's time
  RangeEncoder encoder;
  AdaptiveText text = primed;
  text.code(encoder, header, header.size());
  for (const uint8_t byte : rest) encoder.raw_bits(byte, 8);
  ByteWriter writer;
  writer.put_text(kMagic);
  writer.put(encoder.finish());
  return sealed(writer.bytes());
}

int64_t work_of(const Network& network) {
  int64_t work = network.multiply_adds() + network.images().count();
  for (const Network::Node& node : network.nodes()) {
    const Window window = node.layer->window().value_or(Window{});
    work += node.layer->output().count() * window.size.height * window.size.width;
  }
  return work;
}

void read(std::span<const uint8_t> file) {
  accepts([&] {
    PackedModel model = unpack_model(file, "fuzz");
    Network& network = *model.network;
    if (work_of(network) > kMostWork) return;
    const Tensor scores = Executor(network, DType::F32).run(Tensor::zeros(network.images().shape(1)));
    expect(scores.size() == static_cast<int64_t>(model.spec.classes.size()), "a score for each class");
  });
}

}  // namespace

// A file but for its checksum; or else a header as text that ends at a zero byte, and code for weights.
void packed_model(std::span<const uint8_t> bytes) {
  if (looks_like_model(bytes)) return read(sealed(bytes));
  read(bytes);
  const auto end = std::find(bytes.begin(), bytes.end(), 0);
  const auto header = static_cast<size_t>(end - bytes.begin());
  read(file_of({bytes.begin(), end}, bytes.subspan(std::min(header + 1, bytes.size()))));
}

}  // namespace pare::fuzz
