#include "framework/data/formats/idx.h"

#include <algorithm>

#include "tests/fuzz/finding.h"

// The first byte says how long the file of labels is that follows it; the rest is the file of images.
void pare::fuzz::idx(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return;
  const size_t cut = std::min<size_t>(bytes[0], bytes.size() - 1);
  const MemoryFile labels(bytes.subspan(1, cut)), images(bytes.subspan(1 + cut));
  accepts([&] {
    const ImageSet set = read_idx(images.path(), labels.path(), 10);
    expect(set.count() > 0 && set.height > 0 && set.width > 0 && set.channels == 1, "no empty extents");
    expect(static_cast<int64_t>(set.pixels.size()) == int64_t{set.count()} * set.height * set.width,
           "all pixels");
    for (const uint8_t label : set.labels) expect(label < 10, "labels in range");
  });
}
