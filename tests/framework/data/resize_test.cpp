// Resizing in integers against the same in double precision, and how pictures are fitted to a size.
#include "framework/data/pictures/resize.h"

#include <algorithm>
#include <cmath>

#include "framework/data/preprocessing/picture_preprocessing.h"
#include "tests/support/picture_fixtures.h"

using namespace pare;

namespace {

// Weights of a triangle of half the width `wide`, in units of the smaller grid's pixels.
std::vector<double> weights(int from, int to, int o) {
  const double ratio = static_cast<double>(from) / to, wide = std::max(1.0, ratio);
  std::vector<double> all(static_cast<size_t>(from));
  double sum = 0;
  for (int i = 0; i < from; ++i) {
    const double distance = std::fabs(i + 0.5 - (o + 0.5) * ratio);
    sum += all[static_cast<size_t>(i)] = std::max(0.0, 1 - distance / wide);
  }
  for (double& weight : all) weight /= sum;
  return all;
}

double naive(const Picture& picture, const Region& region, int height, int width, int y, int x, int channel) {
  const std::vector<double> rows = weights(region.height, height, y),
                            columns = weights(region.width, width, x);
  double sum = 0;
  for (int i = 0; i < region.height; ++i)
    for (int j = 0; j < region.width; ++j)
      sum += rows[static_cast<size_t>(i)] * columns[static_cast<size_t>(j)] *
             picture.row(region.top + i)[(region.left + j) * picture.channels + channel];
  return sum;
}

Picture fitted(Fit fit, const Picture& picture, int height, int width, int channels = 3) {
  PicturePreprocessing preprocessing;
  preprocessing.fit = fit;
  preprocessing.background = {10, 20, 30};
  return preprocessing.fitted(picture, "p.png", {height, width, channels, Element::U8});
}

}  // namespace

TEST_CASE("resize: integers agree with double precision to half a step, larger, smaller, of a part") {
  struct Case {
    int height, width, channels;
    Region region;
    int to_height, to_width;
  };
  for (const Case& one : {Case{17, 23, 3, {0, 0, 17, 23}, 5, 7}, Case{5, 7, 3, {0, 0, 5, 7}, 17, 23},
                          Case{40, 8, 1, {0, 0, 40, 8}, 3, 30}, Case{9, 9, 3, {2, 3, 5, 6}, 4, 4},
                          Case{300, 2, 1, {0, 0, 300, 2}, 1, 1}, Case{1, 1, 3, {0, 0, 1, 1}, 4, 3}}) {
    const Picture picture = noise_picture(one.height, one.width, one.channels);
    const Picture small = resized(picture, one.region, one.to_height, one.to_width);
    REQUIRE(std::ssize(small.pixels) == int64_t{one.to_height} * one.to_width * one.channels);
    for (int y = 0; y < one.to_height; ++y)
      for (int x = 0; x < one.to_width; ++x)
        for (int c = 0; c < one.channels; ++c) {
          const double exact = naive(picture, one.region, one.to_height, one.to_width, y, x, c);
          CHECK(std::fabs(small.row(y)[x * one.channels + c] - exact) < 0.51);
        }
  }
}

TEST_CASE("resize: a plain picture stays as it is, and one of the size is copied") {
  for (const int value : {0, 1, 77, 254, 255}) {
    Picture plain{31, 18, 3, Bytes(31 * 18 * 3, static_cast<uint8_t>(value))};
    for (const auto& [height, width] : {std::pair{7, 5}, {60, 41}, {1, 1}, {31, 17}})
      for (const uint8_t pixel : resized(plain, {0, 0, 31, 18}, height, width).pixels) CHECK(pixel == value);
  }
  const Picture picture = noise_picture(6, 4, 3);
  CHECK(resized(picture, {0, 0, 6, 4}, 6, 4).pixels == picture.pixels);
  const Picture part = resized(picture, {1, 2, 2, 2}, 2, 2);
  CHECK(Bytes(part.row(0), part.row(1)) == Bytes(picture.row(1) + 6, picture.row(1) + 12));
}

TEST_CASE("resize: a tall line made wide takes memory of its result only") {
  const Picture line{60000, 1, 1, Bytes(60000, 9)};
  CHECK(resized(line, {0, 0, 60000, 1}, 1, 8192).pixels == Bytes(8192, 9));
}

TEST_CASE("fit: stretch takes all, crop the middle, letterbox all with bars, exact nothing else") {
  const Picture wide = ramp(20, 60, 3);
  CHECK(fitted(Fit::Stretch, wide, 10, 10).pixels == resized(wide, {0, 0, 20, 60}, 10, 10).pixels);
  CHECK(fitted(Fit::Crop, wide, 10, 10).pixels == resized(wide, {0, 20, 20, 20}, 10, 10).pixels);
  const Picture boxed = fitted(Fit::Letterbox, wide, 12, 12);
  const Picture inner = resized(wide, {0, 0, 20, 60}, 4, 12);
  for (int y = 0; y < 12; ++y)
    for (int x = 0; x < 12; ++x) {
      const Bytes pixel(boxed.row(y) + 3 * x, boxed.row(y) + 3 * x + 3);
      const bool inside = y >= 4 && y < 8;
      CHECK(pixel ==
            (inside ? Bytes(inner.row(y - 4) + 3 * x, inner.row(y - 4) + 3 * x + 3) : Bytes{10, 20, 30}));
    }
  CHECK(fitted(Fit::Letterbox, wide, 12, 12, 1).pixels[0] == luma_of({10, 20, 30}));
  CHECK(fitted(Fit::Crop, ramp(60, 20, 3), 5, 10).pixels ==
        resized(ramp(60, 20, 3), {25, 0, 10, 20}, 5, 10).pixels);
  CHECK(fitted(Fit::Letterbox, ramp(1000, 1, 3), 8, 8).pixels.size() == 8 * 8 * 3);  // no side vanishes
  CHECK(contains(failure_of(Failure::Data, [&] { fitted(Fit::Exact, wide, 10, 10); }),
                 "p.png: is 20 pixels high and 60 wide, expected 10 and 10; say what"));
  for (const Fit fit : {Fit::Exact, Fit::Stretch, Fit::Letterbox, Fit::Crop})
    CHECK(fitted(fit, wide, 20, 60).pixels == wide.pixels);
}
