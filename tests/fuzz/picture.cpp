#include "framework/data/pictures/picture.h"

#include "framework/data/preprocessing/picture_preprocessing.h"
#include "tests/fuzz/finding.h"

// A PNG or JPEG file, decoded, and brought to an input's size in all the ways there are.
void pare::fuzz::picture(std::span<const uint8_t> bytes) {
  constexpr int64_t kMost = 1 << 20;
  Picture picture;
  if (!accepts([&] { picture = decode_picture(bytes, "picture", kMost); })) return;
  expect(picture.height > 0 && picture.width > 0 && picture.channels >= 1 && picture.channels <= 4 &&
             picture.pixels.size() == static_cast<size_t>(picture.height) * picture.stride(),
         "as many pixels as are said");
  for (const Fit fit : {Fit::Exact, Fit::Stretch, Fit::Letterbox, Fit::Crop})
    for (const int channels : {1, 3}) {
      const InputShape input{7, 9, channels, Element::U8};
      PicturePreprocessing preprocessing;
      preprocessing.fit = fit;
      const bool taken = accepts([&] {
        const Picture fitted = preprocessing.fitted(picture, "picture", input);
        expect(fitted.height == 7 && fitted.width == 9 && fitted.pixels.size() == input.bytes(),
               "a picture of the input's size");
      });
      expect(taken || fit == Fit::Exact, "only exact refuses a size");
    }
}
