#include "framework/data/sources/arrays/arrays_config.h"

#include "framework/data/formats/npz.h"
#include "tests/fuzz/finding.h"

namespace {

void try_out(const pare::ArraysConfig& config) {
  using namespace pare;
  fuzz::accepts([&] {
    const Dataset data = config.load("");
    for (const Source* part : {data.train.get(), data.test.get()}) {
      fuzz::expect(part->count() > 0 && part->input() == data.spec.input,
                   "examples of the shape that is said");
      std::vector<std::byte> buffer;
      const volatile std::byte* last = part->read(part->count() - 1, buffer) + part->input().bytes() - 1;
      static_cast<void>(*last);
      for (int i = 0; i < part->count(); ++i)
        fuzz::expect(data.spec.classes.empty() || part->label(i) < static_cast<int>(data.spec.classes.size()),
                     "labels in range");
    }
  });
}

}  // namespace

// A zip is an .npz with everything; of other bytes, the first says how long the labels are that follow it,
// and the rest are the inputs.
void pare::fuzz::arrays(std::span<const uint8_t> bytes) {
  ArraysConfig config;
  if (looks_like_zip(bytes)) {
    const MemoryFile file(bytes);
    config.path = file.path();
    try_out(config);
    config.hold_out.test_share = 0.3;
    try_out(config);
    return;
  }
  if (bytes.empty()) return;
  const size_t cut = std::min<size_t>(bytes[0], bytes.size() - 1);
  const MemoryFile labels(bytes.subspan(1, cut)), inputs(bytes.subspan(1 + cut));
  config.labels = labels.path();
  config.inputs = inputs.path();
  config.hold_out.test_share = 0.3;
  try_out(config);
}
