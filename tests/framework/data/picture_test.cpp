// Pictures out of PNG and JPEG files of all kinds.
#include <algorithm>

#include "framework/data/formats/exif.h"
#include "framework/data/formats/jpeg.h"
#include "framework/data/formats/png.h"
#include "framework/files/bytes.h"
#include "framework/files/file.h"
#include "tests/support/picture_fixtures.h"

using namespace pare;

namespace {

const Colour kWhite{255, 255, 255};

std::string refusal(const Bytes& bytes) {
  return failure_of(Failure::Data, [&] { decode_picture(bytes, "a/b.png"); });
}

int farthest(const Picture& a, const Picture& b) {
  REQUIRE(a.pixels.size() == b.pixels.size());
  int most = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) most = std::max(most, std::abs(a.pixels[i] - b.pixels[i]));
  return most;
}

}  // namespace

TEST_CASE("picture: a PNG of each kind of pixels gives them back, interlaced or not") {
  for (int channels = 1; channels <= 4; ++channels) {
    const Picture picture = noise_picture(9, 13, channels);
    constexpr int kTypes[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                              PNG_COLOR_TYPE_RGB_ALPHA};
    for (const bool interlaced : {false, true}) {
      const Picture read = decode_picture(
          png_bytes(9, 13, picture.pixels, {.type = kTypes[channels - 1], .interlaced = interlaced}), "p");
      CHECK(read.height == 9);
      CHECK(read.width == 13);
      CHECK(read.channels == channels);
      CHECK(read.pixels == picture.pixels);
    }
  }
}

TEST_CASE("picture: 16 bits are rounded to 8, fewer are spread over them, and gamma is ignored") {
  const Bytes deep{0x00, 0x00, 0x00, 0x80, 0x00, 0x81, 0x12, 0x34, 0xFF, 0x7E, 0xFF, 0xFF};
  const Picture read = decode_png(png_bytes(1, 6, deep, {.type = PNG_COLOR_TYPE_GRAY, .bits = 16}), "p");
  for (size_t i = 0; i < 6; ++i)
    CHECK(read.pixels[i] == ((deep[2 * i] << 8 | deep[2 * i + 1]) * 255 + 32767) / 65535);
  CHECK(decode_png(png_bytes(1, 4, {0b00011011}, {.type = PNG_COLOR_TYPE_GRAY, .bits = 2}), "p").pixels ==
        Bytes{0, 85, 170, 255});
  const Picture picture = noise_picture(4, 4, 3);
  CHECK(decode_png(png_bytes(4, 4, picture.pixels, {.gamma = 1.0}), "p").pixels == picture.pixels);
}

TEST_CASE("picture: a palette becomes its colours, with alpha where it has some") {
  const std::vector<png_color> palette{{255, 0, 0}, {0, 255, 0}, {1, 2, 3}};
  const PngKind kind{.type = PNG_COLOR_TYPE_PALETTE, .palette = palette};
  CHECK(decode_png(png_bytes(1, 3, {2, 0, 1}, kind), "p").pixels == Bytes{1, 2, 3, 255, 0, 0, 0, 255, 0});
  PngKind transparent = kind;
  transparent.palette_alpha = {255, 0};
  const Picture read = decode_png(png_bytes(1, 3, {2, 0, 1}, transparent), "p");
  CHECK(read.channels == 4);
  CHECK(read.pixels == Bytes{1, 2, 3, 255, 255, 0, 0, 255, 0, 255, 0, 0});
  CHECK(with_channels(read, 3, {9, 8, 7}).pixels == Bytes{1, 2, 3, 255, 0, 0, 9, 8, 7});
}

TEST_CASE("picture: grey is luma, transparent pixels show the background, and grey becomes RGB") {
  CHECK(luma_of({255, 0, 0}) == 76);  // 0.299 of 255, and so on
  CHECK(luma_of({0, 255, 0}) == 150);
  CHECK(luma_of({0, 0, 255}) == 29);
  for (int value = 0; value < 256; ++value) {
    const auto v = static_cast<uint8_t>(value);
    CHECK(luma_of({v, v, v}) == v);
    CHECK(with_channels({1, 1, 1, {v}}, 3, kWhite).pixels == Bytes{v, v, v});
    CHECK(with_channels({1, 1, 2, {7, v}}, 1, {100, 100, 100}).pixels[0] ==
          (7 * value + 100 * (255 - value) + 127) / 255);
  }
  CHECK(with_channels({1, 2, 4, {1, 2, 3, 255, 1, 2, 3, 0}}, 3, {4, 5, 6}).pixels == Bytes{1, 2, 3, 4, 5, 6});
  CHECK(with_channels({1, 1, 4, {1, 2, 3, 0}}, 1, {255, 0, 0}).pixels == Bytes{76});
}

TEST_CASE("picture: JPEG in grey, RGB, CMYK and YCCK, baseline and progressive, is near what was stored") {
  const Picture colour = ramp(40, 24, 3), grey = ramp(40, 24, 1);
  for (const bool progressive : {false, true}) {
    const Picture read = decode_picture(jpeg_bytes(40, 24, colour.pixels, {.progressive = progressive}), "p");
    CHECK(read.channels == 3);
    CHECK(farthest(read, colour) < 12);
  }
  CHECK(farthest(decode_jpeg(jpeg_bytes(40, 24, colour.pixels, {.stored = JCS_RGB}), "p"), colour) < 12);
  const Picture one =
      decode_jpeg(jpeg_bytes(40, 24, grey.pixels, {.from = JCS_GRAYSCALE, .stored = JCS_GRAYSCALE}), "p");
  CHECK(one.channels == 1);
  CHECK(farthest(one, grey) < 12);
  Bytes inks;  // as Adobe's programs store them: 255 is no ink
  for (size_t i = 0; i < colour.pixels.size(); i += 3)
    inks.insert(inks.end(), {colour.pixels[i], colour.pixels[i + 1], colour.pixels[i + 2], 255});
  for (const J_COLOR_SPACE stored : {JCS_CMYK, JCS_YCCK}) {
    const Picture read = decode_jpeg(jpeg_bytes(40, 24, inks, {.from = JCS_CMYK, .stored = stored}), "p");
    CHECK(read.channels == 3);
    CHECK(farthest(read, colour) < 16);
  }
}

// Another library, or another release of this one, may round otherwise; then these are other pictures, and
// docs/your-data.md has to say so.
TEST_CASE("picture: the pixels of a JPEG are these") {
  const auto sum_of = [](const char* name) {
    const std::string path = text(PARE_SOURCE_DIR "/tests/fuzz/corpus/picture/", name);
    return crc32_of(decode_jpeg(read_file(path, 1 << 16), path).pixels);
  };
  CHECK(sum_of("jpeg_rgb") == 2419202145u);
  CHECK(sum_of("jpeg_progressive") == 2419202145u);
  CHECK(sum_of("jpeg_grey") == 1017882161u);
  CHECK(sum_of("jpeg_ycck") == 3880818141u);
}

TEST_CASE("picture: an orientation turns and mirrors as EXIF says") {
  // Stored:  1 2 3
  //          4 5 6
  const Picture stored{2, 3, 1, {1, 2, 3, 4, 5, 6}};
  const std::vector<Bytes> seen{{1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1},
                                {4, 5, 6, 1, 2, 3}, {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3},
                                {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Picture turned = oriented(stored, orientation);
    CHECK(turned.height == (orientation > 4 ? 3 : 2));
    CHECK(turned.width == (orientation > 4 ? 2 : 3));
    CHECK(turned.pixels == seen[static_cast<size_t>(orientation) - 1]);
  }
  const Picture picture = ramp(16, 24, 3);
  const Picture plain = decode_jpeg(jpeg_bytes(16, 24, picture.pixels), "p");
  for (const bool big_endian : {false, true})
    CHECK(decode_jpeg(jpeg_bytes(16, 24, picture.pixels, {.app1 = exif_block(6, big_endian)}), "p").pixels ==
          oriented(plain, 6).pixels);
}

TEST_CASE("picture: an EXIF block that is damaged, or names no orientation there is, leaves the picture") {
  CHECK(orientation_in(exif_block(8)) == 8);
  CHECK(orientation_in(exif_block(8, true)) == 8);
  CHECK(orientation_in(exif_block(0)) == 1);
  CHECK(orientation_in(exif_block(9)) == 1);
  CHECK(orientation_in(exif_block(6, false, 4)) == 1);     // of another type
  CHECK(orientation_in(exif_block(6, false, 3, 2)) == 1);  // two of them
  const Bytes whole = exif_block(6);
  for (size_t length = 0; length < whole.size(); ++length) {
    const int found = orientation_in(std::span(whole).first(length));
    CHECK(found == (length >= 26 ? 6 : 1));  // once the number is there
  }
  Bytes far = exif_block(6);
  far[10] = far[11] = far[12] = far[13] = 0xFF;  // where the directory is
  CHECK(orientation_in(far) == 1);
  Bytes other = exif_block(6);
  other[0] = 'X';
  CHECK(orientation_in(other) == 1);
}

TEST_CASE("picture: what a file is counts, not its name, and what is neither PNG nor JPEG is named") {
  CHECK(format_of(png_of(noise_picture(2, 2, 3)), "p.jpg") == PictureFormat::Png);
  CHECK(format_of(jpeg_bytes(8, 8, ramp(8, 8, 3).pixels), "p.png") == PictureFormat::Jpeg);
  CHECK(contains(refusal({}), "a/b.png: the file is empty"));
  const auto starts = [](const std::string& text) { return Bytes(text.begin(), text.end()); };
  CHECK(contains(refusal(starts("GIF89a..........")), "a/b.png: is a GIF, but only PNG and JPEG are read"));
  CHECK(contains(refusal(starts("RIFF....WEBPVP8 ")), "is a WebP"));
  CHECK(contains(refusal(starts("<!DOCTYPE html>.")), "web page"));
  CHECK(contains(refusal(starts("version https://git-lfs")), "Git LFS"));
  CHECK(contains(refusal(starts("hello")), "is neither PNG nor JPEG"));
}

TEST_CASE("picture: a file that was cut off anywhere, or damaged, is refused") {
  const Bytes png = png_of(noise_picture(8, 8, 3)), smooth = jpeg_bytes(32, 32, ramp(32, 32, 3).pixels),
              progressive = jpeg_bytes(32, 32, ramp(32, 32, 3).pixels, {.progressive = true});
  for (const Bytes& file : {png, smooth, progressive})
    for (size_t length = 0; length < file.size() - 1; length += 1 + length / 16)
      CHECK_THROWS_AS(decode_picture(std::span(file).first(length), "p"), Error);
  CHECK(contains(refusal(Bytes(png.begin(), png.begin() + 100)), "a/b.png: the PNG cannot be read: "));
  CHECK(contains(refusal(Bytes(smooth.begin(), smooth.end() - 40)), "cut off, or is damaged"));
  Bytes damaged = png;
  damaged[damaged.size() - 13] ^= 1;
  CHECK(contains(refusal(damaged), "CRC"));
}

TEST_CASE(
    "picture: no more memory is taken than the file's length justifies, nor more pixels than are allowed") {
  Bytes huge = png_of(noise_picture(2, 2, 3));
  const auto header = [&](uint32_t width, uint32_t height) {
    for (int i = 0; i < 4; ++i) {
      huge[16 + i] = static_cast<uint8_t>(width >> (24 - 8 * i));
      huge[20 + i] = static_cast<uint8_t>(height >> (24 - 8 * i));
    }
    const uint32_t sum = crc32_of(std::span(huge).subspan(12, 17));
    for (int i = 0; i < 4; ++i) huge[29 + i] = static_cast<uint8_t>(sum >> (24 - 8 * i));
    return refusal(huge);
  };
  CHECK(contains(header(60000, 60000), "60000x60000 pixels are too many, at most 67108864"));
  CHECK(contains(header(8000, 8000), "too short for its pixels"));
  Bytes jpeg = jpeg_bytes(16, 16, ramp(16, 16, 3).pixels);
  for (size_t i = 0; i + 8 < jpeg.size(); ++i)
    if (jpeg[i] == 0xFF && jpeg[i + 1] == 0xC0) jpeg[i + 5] = jpeg[i + 7] = 0x1F;  // 7,952 each way
  CHECK(contains(refusal(jpeg), "too short for its pixels"));
  const Picture fine = noise_picture(10, 10, 3);
  CHECK(decode_picture(png_of(fine), "p", 100).pixels == fine.pixels);
  CHECK(contains(failure_of(Failure::Data, [&] { decode_picture(png_of(fine), "p", 99); }), "too many"));
}
