#include "framework/data/preprocessing/picture_preprocessing.h"

#include <algorithm>
#include <cstring>

#include "framework/base/error.h"
#include "framework/data/pictures/resize.h"

namespace pare {
namespace {

constexpr Word<Fit> kFits[] = {
    {"exact", Fit::Exact}, {"stretch", Fit::Stretch}, {"letterbox", Fit::Letterbox}, {"crop", Fit::Crop}};

constexpr int kMostSide = 8192;

// a * b / c, to the nearest integer, halves up, and from 1 to `most`.
int scaled(int64_t a, int64_t b, int64_t c, int most) {
  return static_cast<int>(std::clamp<int64_t>((2 * a * b + c) / (2 * c), 1, most));
}

// The largest part in the middle of height x width with the ratio of the input's sides.
Region middle_of(int height, int width, const InputShape& input) {
  Region part{0, 0, height, width};
  if (int64_t{width} * input.height > int64_t{height} * input.width)
    part.width = scaled(height, input.width, input.height, width);
  else
    part.height = scaled(width, input.height, input.width, height);
  part.top = (height - part.height) / 2;
  part.left = (width - part.width) / 2;
  return part;
}

// Where in the input a whole picture of height x width goes.
Region place_of(int height, int width, const InputShape& input) {
  return middle_of(input.height, input.width, {height, width, input.channels});
}

Picture letterboxed(const Picture& picture, const InputShape& input, const Colour& background) {
  const Region place = place_of(picture.height, picture.width, input);
  const Picture small = resized(picture, {0, 0, picture.height, picture.width}, place.height, place.width);
  Picture result{input.height, input.width, picture.channels, {}};
  const Picture bar = with_channels({1, 1, 3, {background.begin(), background.end()}}, picture.channels, {});
  while (result.pixels.size() < input.bytes())
    result.pixels.insert(result.pixels.end(), bar.pixels.begin(), bar.pixels.end());
  for (int y = 0; y < small.height; ++y)
    std::copy_n(small.row(y), small.stride(),
                result.row(place.top + y) + ptrdiff_t{place.left} * picture.channels);
  return result;
}

}  // namespace

void PicturePreprocessing::describe(Fields& fields) {
  fields.choice(
      "fit", fit, std::span(kFits),
      "what becomes of pictures of other sizes: exact: they are an error; stretch: sides in another "
      "ratio; letterbox: the whole picture, bars around it; crop: the middle of it");
  fields.integers("background", background, Range::between(0, 255),
                  "red, green and blue of the letterbox's bars and of what is transparent");
}

void PicturePreprocessing::require_fits(const InputShape& input, const std::string& where) const {
  require(input.element == Element::U8 && (input.channels == 1 || input.channels == 3), Failure::Data, where,
          ": pictures have 1 or 3 channels of bytes, not ", input.channels,
          input.element == Element::U8 ? "" : " of floats");
  require(std::max(input.height, input.width) <= kMostSide, Failure::Data, where, ": pictures of ",
          input.height, "x", input.width, " are too large, at most ", kMostSide, " each way are allowed");
  require(background.size() == 3, Failure::Data, where, ": background has ", background.size(),
          " numbers, expected 3: red, green and blue");
}

Picture PicturePreprocessing::fitted(Picture picture, const std::string& name,
                                     const InputShape& input) const {
  Colour colour{};
  for (size_t i = 0; i < colour.size(); ++i) colour[i] = static_cast<uint8_t>(background[i]);
  picture = with_channels(std::move(picture), input.channels, colour);
  if (picture.height == input.height && picture.width == input.width) return picture;
  const Region whole{0, 0, picture.height, picture.width};
  switch (fit) {
    case Fit::Stretch:
      return resized(picture, whole, input.height, input.width);
    case Fit::Letterbox:
      return letterboxed(picture, input, colour);
    case Fit::Crop:
      return resized(picture, middle_of(picture.height, picture.width, input), input.height, input.width);
    case Fit::Exact:
      break;
  }
  fail(Failure::Data, name, ": is ", picture.height, " pixels high and ", picture.width, " wide, expected ",
       input.height, " and ", input.width,
       "; say what becomes of pictures of other sizes: \"fit\": \"crop\", \"letterbox\" or \"stretch\"");
}

void PicturePreprocessing::prepare(std::span<const uint8_t> file, const std::string& name,
                                   const InputShape& input, std::byte* to) const {
  const Picture picture = fitted(decode_picture(file, name), name, input);
  std::memcpy(to, picture.pixels.data(), picture.pixels.size());
}

}  // namespace pare
