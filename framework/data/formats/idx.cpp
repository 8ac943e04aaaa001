#include "framework/data/formats/idx.h"

#include <ios>

#include "framework/base/error.h"
#include "framework/data/formats/gzip_file.h"

namespace pare {
namespace {

constexpr uint32_t kImagesMagic = 0x803;
constexpr uint32_t kLabelsMagic = 0x801;

// An idx file in memory whose magic number is right and whose header is all there. The low byte of the magic
// number is how many extents follow it.
class IdxFile {
 public:
  IdxFile(const std::string& path, uint32_t magic)
      : path_(path), bytes_(read_gzip_file(path)), header_(4 + 4 * (magic & 0xFF)) {
    require(bytes_.size() >= header_, Failure::Data, path, ": holds ", bytes_.size(),
            " bytes, an idx header alone takes ", header_);
    require(word(0) == magic, Failure::Data, path, ": starts with 0x", std::hex, word(0),
            ", expected the idx magic number 0x", magic, magic == kImagesMagic ? " of images" : " of labels");
    for (size_t at = 4; at < header_; at += 4)
      require(word(at) > 0, Failure::Data, path, ": its header says that extent ", at / 4, " is 0");
  }

  uint32_t extent(int axis) const { return word(4 + 4 * static_cast<size_t>(axis)); }

  // The bytes after the header, which have to be extent(0) items of `item` bytes. Divides instead of
  // multiplying, so that no header can overflow the test.
  std::vector<uint8_t> items(uint64_t item) const {
    const uint64_t payload = bytes_.size() - header_;
    const char* fault = payload / item < extent(0) ? "the file is cut off" : "there are bytes too many";
    require(payload / item == extent(0) && payload % item == 0, Failure::Data, path_, ": its header says ",
            extent(0), " items of ", item, " bytes, but ", payload, " bytes follow: ", fault);
    return {bytes_.begin() + static_cast<std::ptrdiff_t>(header_), bytes_.end()};
  }

 private:
  uint32_t word(size_t at) const {
    return uint32_t{bytes_[at]} << 24 | uint32_t{bytes_[at + 1]} << 16 | uint32_t{bytes_[at + 2]} << 8 |
           bytes_[at + 3];
  }

  std::string path_;
  std::vector<uint8_t> bytes_;
  size_t header_;
};

}  // namespace

ImageSet read_idx(const std::string& images_file, const std::string& labels_file, int classes,
                  int first_label) {
  const IdxFile labels(labels_file, kLabelsMagic);
  const IdxFile images(images_file, kImagesMagic);
  ImageSet set;
  set.labels = labels.items(1);
  set.pixels = images.items(uint64_t{images.extent(1)} * images.extent(2));
  // The file holds all these pixels, so each extent is far below what an int can hold.
  set.height = static_cast<int>(images.extent(1));
  set.width = static_cast<int>(images.extent(2));
  set.channels = 1;

  require(images.extent(0) == labels.extent(0), Failure::Data, labels_file, ": holds ", labels.extent(0),
          " labels for the ", images.extent(0), " images of ", images_file);
  for (int i = 0; i < set.count(); ++i) {
    const int label = set.labels[i] - first_label;
    require(label >= 0 && label < classes, Failure::Data, labels_file, ": image ", i, " has label ",
            int{set.labels[i]}, ", expected ", first_label, " to ", first_label + classes - 1);
    set.labels[i] = static_cast<uint8_t>(label);
  }
  return set;
}

}  // namespace pare
