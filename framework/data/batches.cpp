#include "framework/data/batches.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "framework/base/error.h"
#include "framework/base/rng.h"

namespace pare {
namespace {

constexpr int kPixelValues = 256;

std::vector<PixelScale> pixel_scales(const Normalisation& normalisation) {
  const int channels = normalisation.channels();
  check(normalisation.deviation.size() == normalisation.mean.size(), "normalisation: ", channels, " means, ",
        normalisation.deviation.size(), " deviations");
  std::vector<PixelScale> scales;
  for (int channel = 0; channel < channels; ++channel) {
    const double mean = normalisation.mean[channel], deviation = normalisation.deviation[channel];
    require(deviation > 0, Failure::Data, "normalisation: channel ", channel, " has deviation ", deviation,
            ", expected more than 0");
    scales.push_back({static_cast<float>(1 / (255 * deviation)), static_cast<float>(-mean / deviation)});
  }
  return scales;
}

Tensor lookup_table(const std::vector<PixelScale>& scales, DType dtype) {
  std::array<uint8_t, kPixelValues> values;
  std::iota(values.begin(), values.end(), uint8_t{0});
  Tensor table({static_cast<int64_t>(scales.size()), kPixelValues});  // (C,256)
  for (size_t channel = 0; channel < scales.size(); ++channel)
    scale_pixels(values.data(), scales[channel], table.data<float>() + channel * kPixelValues, kPixelValues);
  return table.to(dtype);
}

// How an image is looked at: the view's pixel (y,x) is the image's pixel (y + down, x + right), black
// outside; then the view may be mirrored.
struct View {
  int down = 0, right = 0;
  bool mirrored = false;
  bool operator==(const View&) const = default;
};

// The square of side `side` that is cut out of a view, by its first row and column; it may reach beyond all
// borders.
struct Hole {
  int top = 0, left = 0, side = 0;
};

struct Change {
  View view;
  Hole hole;
};

// Draws all numbers whatever is wanted, so that switching one kind on leaves the others' draws alone.
Change draw(const Augment& augment, const ImageSet& images, uint64_t seed, int epoch, int image) {
  Rng rng(seed, "augment", uint64_t{static_cast<uint32_t>(epoch)} << 32 | static_cast<uint32_t>(image));
  const bool mirrored = rng.below(2) == 1;
  const auto range = static_cast<uint32_t>(2 * augment.shift + 1);
  const int down = static_cast<int>(rng.below(range)) - augment.shift;
  const int right = static_cast<int>(rng.below(range)) - augment.shift;
  const int top = static_cast<int>(rng.below(images.height)) - augment.cutout / 2;
  const int left = static_cast<int>(rng.below(images.width)) - augment.cutout / 2;
  return {{down, right, augment.flip && mirrored}, {top, left, augment.cutout}};
}

// Writes normalised pixels, left to right and top to bottom.
template <class T>
class Painter {
 public:
  Painter(const ImageSet& images, const PixelScale& scale, const T* table, T* to)
      : images_(images), scale_(scale), table_(table), to_(to), black_(images.channels, 0) {}

  void paint(int index, const Change& change) {
    T* const image = to_;
    paint(index, change.view);
    cut_out(image, change.hole);
  }

 private:
  void paint(int index, const View& view) {
    const int width = images_.width, channels = images_.channels;
    if (view == View{} && channels == 1) {  // whole vectors of pixels instead of a look at the table for each
      scale_pixels(images_.image(index), scale_, to_, images_.height * width);
      to_ += images_.height * width;
      return;
    }
    // Columns of black at each side, which is also how many columns of the image are lost at the other side.
    const int left = std::max(0, -view.right), right = std::max(0, view.right);
    const int first = view.mirrored ? width - 1 - left : right;
    const ptrdiff_t row_size = ptrdiff_t{width} * channels;
    for (int y = view.down; y < view.down + images_.height; ++y) {
      if (y < 0 || y >= images_.height) {
        black(width);
        continue;
      }
      black(view.mirrored ? right : left);
      pixels(images_.image(index) + y * row_size + first * channels, view.mirrored ? -channels : channels,
             width - left - right);
      black(view.mirrored ? left : right);
    }
  }

  void cut_out(T* image, const Hole& hole) {
    const int64_t channels = images_.channels;
    const int left = std::max(0, hole.left), right = std::min(images_.width, hole.left + hole.side);
    for (int y = std::max(0, hole.top); y < std::min(images_.height, hole.top + hole.side); ++y) {
      T* const row = image + y * images_.width * channels;
      std::fill(row + left * channels, row + right * channels, T{});
    }
  }

  void black(int count) { pixels(black_.data(), 0, count); }

  // `count` pixels, `step` bytes from one to the next. A channel at a time, so that the inner loop has one
  // table.
  void pixels(const uint8_t* from, ptrdiff_t step, int count) {
    const int channels = images_.channels;
    for (int channel = 0; channel < channels; ++channel) {
      const T* table = table_ + channel * kPixelValues;
      const uint8_t* pixel = from + channel;
      T* to = to_ + channel;
      for (int i = 0; i < count; ++i, pixel += step, to += channels) *to = table[*pixel];
    }
    to_ += ptrdiff_t{count} * channels;
  }

  const ImageSet& images_;
  const PixelScale scale_;  // of the first channel
  const T* table_;
  T* to_;
  std::vector<uint8_t> black_;  // one pixel
};

}  // namespace

Batches::Batches(const ImageSet& images, std::vector<int> indices, const Normalisation& normalisation,
                 int batch_size, LastBatch last, Augment augment, uint64_t seed, DType dtype)
    : images_(&images),
      indices_(std::move(indices)),
      scales_(pixel_scales(normalisation)),
      table_(lookup_table(scales_, dtype)),
      batch_size_(batch_size),
      last_(last),
      augment_(augment),
      seed_(seed) {
  require(normalisation.channels() == images.channels, Failure::Data, "normalisation of ",
          normalisation.channels(), " channels does not fit images of ", images.channels);
  require(batch_size > 0, Failure::Usage, "a batch of ", batch_size, " images is not possible");
  require(per_epoch() > 0, Failure::Usage, "data.batch: no batch of ", batch_size, " can be made of ",
          indices_.size(), " images; try a smaller one, or \"last_batch\": \"keep\"");
  require(augment.shift >= 0 && augment.shift < std::min(images.height, images.width), Failure::Usage,
          "data.augment.shift: ", augment.shift, " pixels do not fit images of ", images.height, "x",
          images.width);
  require(augment.cutout >= 0 && augment.cutout <= std::min(images.height, images.width), Failure::Usage,
          "data.augment.cutout: a square of ", augment.cutout, " pixels does not fit images of ",
          images.height, "x", images.width);
  for (const int index : indices_)
    check(index >= 0 && index < images.count(), "batches: no image ", index, " among ", images.count());
}

Batches Batches::in_order(const ImageSet& images, std::vector<int> indices,
                          const Normalisation& normalisation, int batch_size, DType dtype) {
  Batches batches(images, std::move(indices), normalisation, batch_size, LastBatch::Keep, {}, 0, dtype);
  batches.kind_ = Order::AsGiven;
  return batches;
}

int Batches::per_epoch() const {
  const int count = static_cast<int>(indices_.size());
  return count / batch_size_ + (last_ == LastBatch::Keep && count % batch_size_ > 0 ? 1 : 0);
}

int Batches::images_per_epoch() const {
  const int count = static_cast<int>(indices_.size());
  return last_ == LastBatch::Keep ? count : count / batch_size_ * batch_size_;
}

const std::vector<int>& Batches::order(int epoch) const {
  if (kind_ == Order::AsGiven) return indices_;
  if (epoch != order_epoch_) {
    order_ = indices_;
    Rng(seed_, "order", static_cast<uint64_t>(epoch)).shuffle(order_);
    order_epoch_ = epoch;
  }
  return order_;
}

// A batch's images lie anywhere in a data set that no cache holds, and the memory takes as long to find one
// as painting it does: so the next one is asked for first.
template <class T>
void Batches::write(std::span<const int> chosen, int epoch, T* to) const {
  constexpr size_t kLine = 64;  // bytes that come from memory together
  Painter<T> painter(*images_, scales_[0], table_.data<T>(), to);
  const bool plain = augment_.shift == 0 && !augment_.flip && augment_.cutout == 0;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (i + 1 < chosen.size()) {
      const uint8_t* const next = images_->image(chosen[i + 1]);
      for (size_t at = 0; at < images_->image_size(); at += kLine) __builtin_prefetch(next + at);
    }
    painter.paint(chosen[i], plain ? Change{} : draw(augment_, *images_, seed_, epoch, chosen[i]));
  }
}

Batch Batches::get(int epoch, int position) const {
  check(epoch >= 0 && position >= 0 && position < per_epoch(), "batches: no batch ", position, " in epoch ",
        epoch, " of ", per_epoch(), " batches");
  const size_t first = static_cast<size_t>(position) * batch_size_;
  const size_t count = std::min<size_t>(batch_size_, indices_.size() - first);
  const std::span<const int> chosen = std::span(order(epoch)).subspan(first, count);

  Batch batch;
  batch.images = Tensor({static_cast<int64_t>(count), images_->height, images_->width, images_->channels},
                        table_.dtype());
  if (table_.dtype() == DType::F32) {
    write(chosen, epoch, batch.images.data<float>());
  } else {
    write(chosen, epoch, batch.images.data<Bfloat16>());
  }
  batch.labels.reserve(count);
  for (const int image : chosen) batch.labels.push_back(images_->labels[image]);
  return batch;
}

}  // namespace pare
