#include "framework/data/formats/png.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>

#include "framework/base/error.h"

namespace pare {
namespace {

// Deflate packs at most 1,032 bytes into one.
constexpr uint64_t kMostPacked = 1032;

// libpng jumps out of its functions where it finds a fault. The jump skips destructors, so whatever has one
// lies in here and not in the function that is left.
struct Reader {
  std::span<const uint8_t> bytes;
  int64_t most;
  size_t at = 0;
  std::string fault{};
  Picture picture{};
  std::vector<png_bytep> rows{};
  png_structp png = nullptr;
  png_infop info = nullptr;

  Reader(std::span<const uint8_t> file, int64_t most_pixels);
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Not in the frame that the jump ends in, whose variables it would spoil.
  [[gnu::noinline]] void read_header();
  [[gnu::noinline]] void read_pixels();
};

void stop(png_structp png, png_const_charp message) {
  static_cast<Reader*>(png_get_error_ptr(png))->fault = message;
  png_longjmp(png, 1);
}

void give(png_structp png, png_bytep to, size_t count) {
  Reader& reader = *static_cast<Reader*>(png_get_io_ptr(png));
  if (count > reader.bytes.size() - reader.at) png_error(png, "it was cut off");
  std::copy_n(reader.bytes.data() + reader.at, count, to);
  reader.at += count;
}

Reader::Reader(std::span<const uint8_t> file, int64_t most_pixels) : bytes(file), most(most_pixels) {
  png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, stop, [](png_structp, png_const_charp) {});
  if (png != nullptr) info = png_create_info_struct(png);
  if (info == nullptr) throw std::bad_alloc();
  png_set_read_fn(png, this, give);
}

// Up to the first pixels; sets what rows will be.
void Reader::read_header() {
  // -1: all chunks but those that pixels need.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(png, info);
  const uint64_t height = png_get_image_height(png, info), width = png_get_image_width(png, info);
  if (height * width > static_cast<uint64_t>(most)) {
    fault = text(width, "x", height, " pixels are too many, at most ", most, " are read; make it smaller");
    png_longjmp(png, 1);
  }
  if (height * png_get_rowbytes(png, info) / kMostPacked > bytes.size())
    png_error(png, "it is too short for its pixels");
  png_set_expand(png);
  png_set_scale_16(png);
  picture.height = static_cast<int>(height);
  picture.width = static_cast<int>(width);
}

void Reader::read_pixels() {
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  picture.channels = png_get_channels(png, info);
  for (int y = 0; y < picture.height && passes == 1; ++y) {  // no row takes memory before it is there
    picture.pixels.resize(picture.stride() * (static_cast<size_t>(y) + 1));
    png_read_row(png, picture.row(y), nullptr);
  }
  if (passes > 1) {
    picture.pixels.resize(picture.stride() * static_cast<size_t>(picture.height));
    for (int y = 0; y < picture.height; ++y) rows.push_back(picture.row(y));
    png_read_image(png, rows.data());
  }
  png_read_end(png, nullptr);
}

bool read(Reader& reader) {
  if (setjmp(png_jmpbuf(reader.png)) != 0) return false;  // NOLINT(cert-err52-cpp): libpng's way
  reader.read_header();
  reader.read_pixels();
  return true;
}

}  // namespace

Picture decode_png(std::span<const uint8_t> bytes, const std::string& name, int64_t most) {
  Reader reader(bytes, most);
  require(read(reader), Failure::Data, name, ": the PNG cannot be read: ", reader.fault);
  return std::move(reader.picture);
}

}  // namespace pare
