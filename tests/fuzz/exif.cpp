#include "framework/data/formats/exif.h"

#include <vector>

#include "tests/fuzz/finding.h"

// The contents of an APP1 marker; the bytes are copied, so that reading beyond them is seen.
void pare::fuzz::exif(std::span<const uint8_t> bytes) {
  const std::vector<uint8_t> marker(bytes.begin(), bytes.end());
  const int orientation = orientation_in(marker);
  expect(orientation >= 1 && orientation <= 8, "an orientation there is");
  expect(is_exif(marker) || orientation == kUpright, "nothing out of other blocks");
}
