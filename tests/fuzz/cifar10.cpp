#include "framework/data/formats/cifar.h"

#include "tests/fuzz/finding.h"

void pare::fuzz::cifar10(std::span<const uint8_t> bytes) {
  const MemoryFile file(bytes);
  const std::string paths[] = {file.path(), file.path()};
  accepts([&] {
    const ImageSet set = read_cifar10(paths, 10);
    expect(set.count() > 0 && set.count() % 2 == 0, "as many images as the file has, twice");
    expect(set.pixels.size() == set.labels.size() * 3072, "pixels for each label");
    for (const uint8_t label : set.labels) expect(label < 10, "labels in range");
  });
}
