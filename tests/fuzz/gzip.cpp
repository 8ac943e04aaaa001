#include "framework/data/formats/gzip_file.h"
#include "tests/fuzz/finding.h"

void pare::fuzz::gzip(std::span<const uint8_t> bytes) {
  constexpr size_t kLargest = 1 << 16;
  const MemoryFile file(bytes);
  accepts([&] {
    expect(read_gzip_file(file.path(), kLargest).size() <= kLargest, "no more bytes than allowed");
  });
}
