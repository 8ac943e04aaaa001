#include "framework/data/source.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "framework/base/error.h"
#include "framework/files/bytes.h"

namespace pare {

uint32_t fingerprint_of(const InputShape& shape, std::initializer_list<uint32_t> checksums) {
  ByteWriter parts;
  for (const int extent : {shape.height, shape.width, shape.channels})
    parts.u32(static_cast<uint32_t>(extent));
  for (const uint32_t sum : checksums) parts.u32(sum);
  return crc32_of(parts.bytes());
}

ImageSet::ImageSet(int rows, int columns, int depth, std::vector<uint8_t> bytes, std::vector<uint8_t> classes)
    : height(rows), width(columns), channels(depth), pixels(std::move(bytes)), labels(std::move(classes)) {}

const std::byte* ImageSet::read(int index, std::vector<std::byte>&) const {
  return reinterpret_cast<const std::byte*>(image(index));
}

uint32_t ImageSet::fingerprint() const {
  return fingerprint_of(input(), {checksum_of(pixels), checksum_of(labels)});
}

ArraySet::ArraySet(InputShape of_one, std::vector<float> inputs, std::vector<int32_t> classes)
    : shape(of_one), numbers(std::move(inputs)), labels(std::move(classes)) {
  require_usable(labels.size());
}

ArraySet::ArraySet(InputShape of_one, std::vector<float> inputs, std::vector<float> values, int each)
    : shape(of_one), numbers(std::move(inputs)), targets(std::move(values)), values_each(each) {
  check(each > 0, "arrays: ", each, " values an example");
  require(targets.size() % static_cast<size_t>(each) == 0, Failure::Data, "arrays: ", targets.size(),
          " values are no whole number of examples with ", each, " each");
  require_usable(targets.size() / static_cast<size_t>(each));
}

void ArraySet::require_usable(size_t targets_given) const {
  check(shape.element == Element::F32, "arrays hold floats");
  const auto each = static_cast<size_t>(shape.count());
  require(numbers.size() == targets_given * each, Failure::Data, "arrays: ", numbers.size(), " numbers for ",
          targets_given, " examples of ", each, " each");
  const auto finite = [](float number) { return std::isfinite(number); };
  for (const std::vector<float>* list : {&numbers, &targets})
    if (const auto bad = std::find_if_not(list->begin(), list->end(), finite); bad != list->end())
      fail(Failure::Data, "arrays: number ", bad - list->begin(),
           list == &numbers ? " of the inputs is " : " of the values is ", *bad,
           "; leave the example out, or put a number in its place");
}

int ArraySet::count() const {
  return static_cast<int>(values_each > 0 ? targets.size() / static_cast<size_t>(values_each)
                                          : labels.size());
}

const std::byte* ArraySet::read(int index, std::vector<std::byte>&) const {
  return reinterpret_cast<const std::byte*>(numbers.data() + index * shape.count());
}

std::span<const float> ArraySet::values(int index) const {
  return std::span(targets).subspan(static_cast<size_t>(index) * values_each, values_each);
}

uint32_t ArraySet::fingerprint() const {
  return fingerprint_of(shape, {checksum_of(numbers), checksum_of(labels), checksum_of(targets)});
}

}  // namespace pare
