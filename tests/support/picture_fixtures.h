// PNG and JPEG files for the tests, as other programs write them.
#pragma once

#include <png.h>

#include <csetjmp>
#include <cstdio>
// jpeglib.h needs FILE of <cstdio>
#include <jpeglib.h>

#include <cstring>
#include <functional>

#include "framework/data/pictures/picture.h"
#include "tests/support/data_fixtures.h"

namespace pare {

struct PngKind {
  int type = PNG_COLOR_TYPE_RGB, bits = 8;
  bool interlaced = false;
  std::vector<png_color> palette{};
  std::vector<png_byte> palette_alpha{};
  double gamma = 0;  // 0: not said
};

// `rows`: the bytes of all rows, as PNG stores them (16 bits: the higher byte first).
inline Bytes png_bytes(int height, int width, const Bytes& rows, const PngKind& kind = {}) {
  Bytes file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  REQUIRE(setjmp(png_jmpbuf(png)) == 0);
  png_set_write_fn(
      png, &file,
      [](png_structp to, png_bytep bytes, size_t count) {
        auto& all = *static_cast<Bytes*>(png_get_io_ptr(to));
        all.insert(all.end(), bytes, bytes + count);
      },
      [](png_structp) {});
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), kind.bits,
               kind.type, kind.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (!kind.palette.empty())
    png_set_PLTE(png, info, kind.palette.data(), static_cast<int>(kind.palette.size()));
  if (!kind.palette_alpha.empty())
    png_set_tRNS(png, info, kind.palette_alpha.data(), static_cast<int>(kind.palette_alpha.size()), nullptr);
  if (kind.gamma > 0) png_set_gAMA(png, info, kind.gamma);
  png_write_info(png, info);
  const size_t stride = png_get_rowbytes(png, info);
  CHECK(rows.size() == stride * static_cast<size_t>(height));
  std::vector<png_bytep> pointers;
  for (int y = 0; y < height; ++y)
    pointers.push_back(const_cast<png_bytep>(rows.data()) + static_cast<size_t>(y) * stride);
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

inline Bytes png_of(const Picture& picture) {
  constexpr int kTypes[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                            PNG_COLOR_TYPE_RGB_ALPHA};
  return png_bytes(picture.height, picture.width, picture.pixels, {.type = kTypes[picture.channels - 1]});
}

struct JpegKind {
  J_COLOR_SPACE from = JCS_RGB, stored = JCS_YCbCr;
  int quality = 90;
  bool progressive = false;
  Bytes app1{};  // contents of such a marker
};

inline Bytes jpeg_bytes(int height, int width, const Bytes& pixels, const JpegKind& kind = {}) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);  // ends the test's process where something is wrong
  jpeg_create_compress(&jpeg);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &buffer, &size);
  jpeg.image_height = static_cast<JDIMENSION>(height);
  jpeg.image_width = static_cast<JDIMENSION>(width);
  jpeg.in_color_space = kind.from;
  jpeg.input_components = static_cast<int>(pixels.size() / static_cast<size_t>(height * width));
  jpeg_set_defaults(&jpeg);
  jpeg_set_colorspace(&jpeg, kind.stored);
  jpeg_set_quality(&jpeg, kind.quality, TRUE);
  if (kind.progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  if (!kind.app1.empty())
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, kind.app1.data(), static_cast<unsigned>(kind.app1.size()));
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(pixels.data()) +
                   size_t{jpeg.next_scanline} * static_cast<size_t>(width * jpeg.input_components);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes file(buffer, buffer + size);
  std::free(buffer);
  return file;
}

// An EXIF block of one entry.
inline Bytes exif_block(int orientation, bool big_endian = false, int type = 3, uint32_t count = 1) {
  const uint8_t order = big_endian ? 'M' : 'I';
  Bytes block{'E', 'x', 'i', 'f', 0, 0, order, order};
  const auto put = [&](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
      block.push_back(static_cast<uint8_t>(value >> (8 * (big_endian ? bytes - 1 - i : i))));
  };
  put(42, 2);
  put(8, 4);
  put(1, 2);  // entries
  put(0x0112, 2);
  put(static_cast<uint32_t>(type), 2);
  put(count, 4);
  put(static_cast<uint32_t>(orientation), 2);
  put(0, 2);
  put(0, 4);
  return block;
}

inline Picture noise_picture(int height, int width, int channels, uint32_t seed = 1) {
  return {height, width, channels, noise(static_cast<size_t>(height * width * channels), seed)};
}

// Smooth, as JPEG likes them.
inline Picture ramp(int height, int width, int channels) {
  Picture picture{height, width, channels, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        picture.pixels.push_back(static_cast<uint8_t>(c == 0   ? 255 * y / height
                                                      : c == 1 ? 255 * x / width
                                                               : 255 * (x + y) / (height + width)));
  return picture;
}

}  // namespace pare
