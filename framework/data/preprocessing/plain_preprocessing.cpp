#include "framework/data/preprocessing/plain_preprocessing.h"

#include <cmath>
#include <cstring>

#include "framework/base/error.h"
#include "framework/data/formats/npy.h"
#include "framework/data/preprocessing/picture_preprocessing.h"
#include "framework/data/preprocessing/prepared_inputs.h"

namespace pare {
namespace {

std::string extents(const InputShape& input) {
  return text('(', input.height, ',', input.width, ',', input.channels, ") of ",
              input.element == Element::U8 ? "u8" : "f32");
}

// The same numbers in bytes of this element.
std::vector<std::byte> numbers_of(const NpyArray& array, const InputShape& input) {
  std::vector<std::byte> bytes(static_cast<size_t>(array.count()) *
                               (input.element == Element::U8 ? 1 : sizeof(float)));
  if (array.is_bytes() && input.element == Element::U8) {
    std::memcpy(bytes.data(), array.bytes.data(), bytes.size());
    return bytes;
  }
  const std::vector<float> floats = array.floats();
  for (size_t i = 0; i < floats.size(); ++i)
    require(std::isfinite(floats[i]), Failure::Data, array.name, ": number ", i,
            " is not finite; leave that input out");
  std::memcpy(bytes.data(), floats.data(), bytes.size());
  return bytes;
}

PreparedFile arrays(const NpyArray& array, const InputShape& input) {
  const int64_t each = input.count();
  require(each > 0 && array.count() % each == 0 && array.is_bytes() == (input.element == Element::U8),
          Failure::Data, array.name, ": is ", array.described(), ", expected inputs ", extents(input),
          ", one or several", array.is_bytes() ? "" : "; convert: x.astype('float32') or 'uint8'");
  std::vector<std::string> names;
  const int64_t count = array.count() / each;
  for (int64_t i = 0; i < count; ++i)
    names.push_back(count == 1 ? array.name : text(array.name, "[", i, "]"));
  return {std::make_shared<PreparedInputs>(input, numbers_of(array, input), std::move(names))};
}

}  // namespace

PreparedFile PlainPreprocessing::prepare_all(std::span<const uint8_t> file, const std::string& name,
                                             const InputShape& input) const {
  if (looks_like_npy(file)) return arrays(parse_npy(file, name), input);
  const bool pictures = input.element == Element::U8 && (input.channels == 1 || input.channels == 3);
  require(pictures, Failure::Data, name, ": is no .npy; the model reads inputs ", extents(input),
          ", which numpy.save('x.npy', x) writes");
  return PicturePreprocessing().prepare_all(file, name, input);
}

}  // namespace pare
