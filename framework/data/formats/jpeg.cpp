#include "framework/data/formats/jpeg.h"

#include <csetjmp>
#include <cstdio>
// jpeglib.h needs FILE of <cstdio>
#include <jerror.h>
#include <jpeglib.h>

#include "framework/base/error.h"
#include "framework/data/formats/exif.h"

namespace pare {
namespace {

// A block of 8x8 pixels takes a bit at least, however it is coded by Huffman's codes.
constexpr uint64_t kMostPixelsOfByte = 8 * 64;
// Progressive files of real programs have a dozen; each costs a walk over the whole picture.
constexpr int kMostScans = 100;
constexpr int kCmyk = 4;

// libjpeg is told to jump out of its functions where it finds a fault. The jump skips destructors, so
// whatever has one lies in here and not in the function that is left.
struct Reader {
  std::span<const uint8_t> bytes;
  int64_t most;
  std::string fault{};
  Picture picture{};
  int orientation = kUpright;
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf left{};

  Reader(std::span<const uint8_t> file, int64_t most_pixels) : bytes(file), most(most_pixels) {}
  ~Reader() { jpeg_destroy_decompress(&jpeg); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[noreturn]] void leave() { std::longjmp(left, 1); }  // NOLINT(cert-err52-cpp): once `fault` says why
  // Not in the frame that the jump ends in, whose variables it would spoil.
  [[gnu::noinline]] void read_header();
  [[gnu::noinline]] void read_pixels();
};

Reader& reader_of(j_common_ptr jpeg) { return *static_cast<Reader*>(jpeg->client_data); }

[[noreturn]] void stop(j_common_ptr jpeg) {
  char message[JMSG_LENGTH_MAX];
  jpeg->err->format_message(jpeg, message);
  reader_of(jpeg).fault = message;
  reader_of(jpeg).leave();
}

// A warning is damage that libjpeg would paint over, except for what leaves the pixels as they are.
void warn(j_common_ptr jpeg, int level) {
  const int code = jpeg->err->msg_code;
  if (level >= 0 || code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM)
    return;
  if (code != JWRN_JPEG_EOF && code != JWRN_HIT_MARKER) stop(jpeg);
  reader_of(jpeg).fault = "it was cut off, or is damaged";
  reader_of(jpeg).leave();
}

void count_scans(j_common_ptr jpeg) {
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= kMostScans) return;
  reader_of(jpeg).fault = text("it has more than ", kMostScans, " scans");
  reader_of(jpeg).leave();
}

// Up to the first pixels; sets what rows will be.
void Reader::read_header() {
  jpeg.client_data = this;
  jpeg_create_decompress(&jpeg);
  progress.progress_monitor = count_scans;
  jpeg.progress = &progress;
  jpeg_mem_src(&jpeg, bytes.data(), static_cast<unsigned long>(bytes.size()));
  constexpr unsigned kLongestMarker = 0xFFFF;
  jpeg_save_markers(&jpeg, JPEG_APP0 + 1, kLongestMarker);
  jpeg_read_header(&jpeg, TRUE);
  const uint64_t height = jpeg.image_height, width = jpeg.image_width;
  if (height * width > static_cast<uint64_t>(most))
    fault = text(width, "x", height, " pixels are too many, at most ", most, " are read; make it smaller");
  else if (height * width / kMostPixelsOfByte > bytes.size())
    fault = "it is too short for its pixels";
  if (!fault.empty()) leave();
  for (jpeg_saved_marker_ptr marker = jpeg.marker_list; marker != nullptr; marker = marker->next)
    if (is_exif({marker->data, marker->data_length})) {
      orientation = orientation_in({marker->data, marker->data_length});
      break;
    }
  picture.height = static_cast<int>(height);
  picture.width = static_cast<int>(width);
}

void Reader::read_pixels() {
  switch (jpeg.jpeg_color_space) {
    case JCS_GRAYSCALE:
      jpeg.out_color_space = JCS_GRAYSCALE;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      jpeg.out_color_space = JCS_CMYK;
      break;
    default:
      jpeg.out_color_space = JCS_RGB;
  }
  jpeg.dct_method = JDCT_ISLOW;
  jpeg.do_block_smoothing = FALSE;  // releases differ in it
  jpeg_start_decompress(&jpeg);
  picture.channels = jpeg.output_components;
  while (jpeg.output_scanline < jpeg.output_height) {  // no row takes memory before it is there
    picture.pixels.resize(picture.stride() * (size_t{jpeg.output_scanline} + 1));
    JSAMPROW row = picture.row(static_cast<int>(jpeg.output_scanline));
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
}

bool read(Reader& reader) {
  reader.jpeg.err = jpeg_std_error(&reader.errors);
  reader.errors.error_exit = stop;
  reader.errors.emit_message = warn;
  if (setjmp(reader.left) != 0) return false;  // NOLINT(cert-err52-cpp)
  reader.read_header();
  reader.read_pixels();
  return true;
}

// Ink that is left off, as Adobe's programs store it, or ink that is put on.
Picture rgb_of_cmyk(const Picture& cmyk, bool left_off) {
  Picture rgb{cmyk.height, cmyk.width, 3, {}};
  rgb.pixels.reserve(static_cast<size_t>(cmyk.height) * rgb.stride());
  for (size_t i = 0; i < cmyk.pixels.size(); i += kCmyk) {
    const auto light = [&](size_t ink) {
      const int value = cmyk.pixels[i + ink];
      return left_off ? value : 255 - value;
    };
    for (size_t ink = 0; ink < 3; ++ink)
      rgb.pixels.push_back(static_cast<uint8_t>((light(ink) * light(3) + 127) / 255));
  }
  return rgb;
}

}  // namespace

Picture decode_jpeg(std::span<const uint8_t> bytes, const std::string& name, int64_t most) {
  Reader reader(bytes, most);
  require(read(reader), Failure::Data, name, ": the JPEG cannot be read: ", reader.fault);
  if (reader.picture.channels == kCmyk)
    reader.picture = rgb_of_cmyk(reader.picture, reader.jpeg.saw_Adobe_marker != FALSE);
  return oriented(std::move(reader.picture), reader.orientation);
}

}  // namespace pare
