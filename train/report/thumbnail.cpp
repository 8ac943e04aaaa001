#include "train/report/thumbnail.h"

#include <algorithm>
#include <cmath>

#include "framework/data/pictures/resize.h"
#include "framework/data/preprocessing/table_preprocessing.h"
#include "framework/data/preprocessing/text_preprocessing.h"
#include "framework/files/base64.h"

namespace pare {
namespace {

constexpr int64_t kMostNumbers = 64;

// nullptr when it is of another kind.
template <class Kind>
const Kind* preprocessing_of(const Spec& spec) {
  return dynamic_cast<const Kind*>(spec.preprocessing ? &*spec.preprocessing : nullptr);
}

// Bytes as they are, floats between their least and their largest.
std::vector<uint8_t> bytes_of(const InputShape& input, const std::byte* raw) {
  const auto count = static_cast<size_t>(input.count());
  if (input.element == Element::U8) {
    const auto* const bytes = reinterpret_cast<const uint8_t*>(raw);
    return {bytes, bytes + count};
  }
  const std::span floats(reinterpret_cast<const float*>(raw), count);
  const auto [least, most] = std::ranges::minmax(floats);
  const float range = most > least ? most - least : 1;
  std::vector<uint8_t> bytes;
  for (const float value : floats)
    bytes.push_back(static_cast<uint8_t>(std::lround(255 * (value - least) / range)));
  return bytes;
}

Picture picture_of(const InputShape& input, const std::byte* raw) {
  const std::vector<uint8_t> bytes = bytes_of(input, raw);
  const auto at = [&](int y, int x, int c) {
    return bytes[(static_cast<size_t>(y) * static_cast<size_t>(input.width) + static_cast<size_t>(x)) *
                     static_cast<size_t>(input.channels) +
                 static_cast<size_t>(c)];
  };
  if (input.width == 1) {  // time goes from left to right
    Picture picture{input.channels, input.height, 1, {}};
    for (int c = 0; c < input.channels; ++c)
      for (int y = 0; y < input.height; ++y) picture.pixels.push_back(at(y, 0, c));
    return picture;
  }
  Picture picture{input.height, input.width, input.channels == 3 ? 3 : 1, {}};
  for (int y = 0; y < input.height; ++y)
    for (int x = 0; x < input.width; ++x)
      for (int c = 0; c < picture.channels; ++c) picture.pixels.push_back(at(y, x, c));
  return picture;
}

Json first_numbers(const InputShape& input, const std::byte* raw) {
  std::vector<Json> numbers;
  for (int64_t i = 0; i < std::min(input.count(), kMostNumbers); ++i)
    numbers.emplace_back(input.element == Element::U8
                             ? double{static_cast<double>(std::to_integer<int>(raw[i]))}
                             : double{reinterpret_cast<const float*>(raw)[i]});
  return Json::object({{"numbers", Json::array(std::move(numbers))}});
}

}  // namespace

Json names_of_numbers(const Spec& spec) {
  Json names = Json::array();
  const auto* const table = preprocessing_of<TablePreprocessing>(spec);
  if (table == nullptr || table->window > 1) return names;
  for (const std::string& name : table->inputs) {
    if (std::ssize(names.items()) == kMostNumbers) break;
    names.push(name);
  }
  return names;
}

Json thumbnail(const Spec& spec, const std::byte* raw, int side) {
  const InputShape& input = spec.input;
  if (const auto* const texts = preprocessing_of<TextPreprocessing>(spec))
    return Json::object({{"text", texts->text_in(input, raw)}});
  if (input.height * input.width == 1) return first_numbers(input, raw);
  Picture picture = picture_of(input, raw);
  if (std::max(picture.height, picture.width) > side) {
    const double shrink = static_cast<double>(side) / std::max(picture.height, picture.width);
    const auto shrunk = [&](int pixels) { return std::max(1, static_cast<int>(pixels * shrink)); };
    picture = resized(picture, {0, 0, picture.height, picture.width}, shrunk(picture.height),
                      shrunk(picture.width));
  }
  return Json::object({{"height", picture.height},
                       {"width", picture.width},
                       {"channels", picture.channels},
                       {"pixels", base64(picture.pixels)}});
}

}  // namespace pare
