#include "framework/data/sources/arrays/byte_set.h"

#include "framework/base/error.h"

namespace pare {

ByteSet::ByteSet(InputShape shape, std::vector<uint8_t> bytes, Asked asked)
    : shape_(shape), bytes_(std::move(bytes)), asked_(std::move(asked)) {
  check(shape_.element == Element::U8 && bytes_.size() == asked_.count() * shape_.bytes(),
        "each example has its bytes");
}

const std::byte* ByteSet::read(int index, std::vector<std::byte>&) const {
  return reinterpret_cast<const std::byte*>(bytes_.data() + static_cast<size_t>(index) * shape_.bytes());
}

uint32_t ByteSet::fingerprint() const {
  return fingerprint_of(shape_,
                        {checksum_of(bytes_), checksum_of(asked_.classes), checksum_of(asked_.values)});
}

}  // namespace pare
