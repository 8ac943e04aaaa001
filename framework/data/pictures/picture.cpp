#include "framework/data/pictures/picture.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "framework/base/error.h"
#include "framework/data/formats/beginning.h"
#include "framework/data/formats/jpeg.h"
#include "framework/data/formats/png.h"

namespace pare {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n"sv, kJpeg = "\xff\xd8\xff"sv;

constexpr Beginning kOthers[] = {
    {0, "GIF8"sv, "a GIF"},      {0, "BM"sv, "a BMP"},         {8, "WEBP"sv, "a WebP"},
    {0, "II*\0"sv, "a TIFF"},    {0, "MM\0*"sv, "a TIFF"},     {4, "ftypheic"sv, "a HEIC"},
    {4, "ftypmif1"sv, "a HEIF"}, {4, "ftypavif"sv, "an AVIF"}, {0, "<svg"sv, "an SVG"},
};

// To what is nearest, halves up; the same for all colours.
uint8_t blend(int over, int under, int alpha) {
  return static_cast<uint8_t>((over * alpha + under * (255 - alpha) + 127) / 255);
}

}  // namespace

PictureFormat format_of(std::span<const uint8_t> bytes, const std::string& name) {
  require(!bytes.empty(), Failure::Data, name, ": the file is empty; remove it, or put the picture there");
  if (begins(bytes, 0, kPng)) return PictureFormat::Png;
  if (begins(bytes, 0, kJpeg)) return PictureFormat::Jpeg;
  const char* what = known_beginning(bytes, kOthers);
  if (what == nullptr) what = known_beginning(bytes, kNoFiles);
  fail(Failure::Data, name, ": is ", what == nullptr ? "neither PNG nor JPEG" : what,
       what == nullptr ? "" : ", but only PNG and JPEG are read", "; convert it, or remove it");
}

Picture decode_picture(std::span<const uint8_t> bytes, const std::string& name, int64_t most) {
  return format_of(bytes, name) == PictureFormat::Png ? decode_png(bytes, name, most)
                                                      : decode_jpeg(bytes, name, most);
}

Picture oriented(Picture picture, int orientation) {
  check(orientation >= 1 && orientation <= 8, "orientation ", orientation);
  if (orientation == 1) return picture;
  const bool turned = orientation >= 5;  // rows become columns
  const int height = picture.height, width = picture.width, channels = picture.channels;
  // Where the rows, and the columns, of what is stored run backwards.
  const bool rows_back = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool columns_back = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  Picture result{turned ? width : height, turned ? height : width, channels, {}};
  result.pixels.resize(picture.pixels.size());
  uint8_t* to = result.pixels.data();
  for (int y = 0; y < result.height; ++y)
    for (int x = 0; x < result.width; ++x) {
      const int row = turned ? x : y, column = turned ? y : x;
      const uint8_t* const from = picture.row(rows_back ? height - 1 - row : row) +
                                  ptrdiff_t{columns_back ? width - 1 - column : column} * channels;
      to = std::copy_n(from, channels, to);
    }
  return result;
}

uint8_t luma_of(const Colour& colour) {
  constexpr uint32_t kRed = 19595, kGreen = 38470, kBlue = 7471, kHalf = 32768;  // 0.299, 0.587, 0.114
  return static_cast<uint8_t>((kRed * colour[0] + kGreen * colour[1] + kBlue * colour[2] + kHalf) >> 16);
}

Picture with_channels(Picture picture, int channels, const Colour& background) {
  check(channels == 1 || channels == 3, "pictures of ", channels, " channels");
  if (picture.channels == channels) return picture;
  Picture result{picture.height, picture.width, channels, {}};
  const bool coloured = picture.channels >= 3, transparent = picture.channels % 2 == 0;
  result.pixels.resize(static_cast<size_t>(picture.height) * result.stride());
  uint8_t* to = result.pixels.data();
  const uint8_t* const end = picture.pixels.data() + picture.pixels.size();
  for (const uint8_t* from = picture.pixels.data(); from != end; from += picture.channels) {
    Colour colour{from[0], from[coloured ? 1 : 0], from[coloured ? 2 : 0]};
    if (transparent) {
      const int alpha = from[picture.channels - 1];
      for (size_t i = 0; i < colour.size(); ++i) colour[i] = blend(colour[i], background[i], alpha);
    }
    if (channels == 1)
      *to++ = luma_of(colour);
    else
      to = std::ranges::copy(colour, to).out;
  }
  return result;
}

}  // namespace pare
