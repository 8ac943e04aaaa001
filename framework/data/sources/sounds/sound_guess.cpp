// What a folder of sounds says about its config.
#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/data/formats/sound_file.h"
#include "framework/data/sources/sounds/sounds_config.h"

namespace pare {
namespace {

constexpr double kLongestInput = 10;  // seconds

}  // namespace

// The rate is the lowest that was found; the length, that of nine of ten sounds, up to a tenth of a second.
bool SoundsConfig::recognise(const std::string& place) {
  const std::optional<FoundFiles> listed = recognise_files(place, sound_files());
  if (!listed) return false;
  std::vector<double> lengths;
  std::vector<int> rates;
  look_at_some(listed->train, [&](std::span<const uint8_t> bytes, const std::string& file) {
    const Sound sound = decode_sound(bytes, file);
    rates.push_back(sound.rate);
    lengths.push_back(static_cast<double>(sound.samples.size()) / sound.rate);
  });
  require(!lengths.empty(), Failure::Data, place, ": none of the sounds that were looked at can be read");
  const auto [lowest, highest] = std::ranges::minmax(rates);
  preprocessing.rate = lowest;
  preprocessing.resample = lowest != highest;
  std::ranges::sort(lengths);
  const double most = lengths[lengths.size() * 9 / 10];
  preprocessing.seconds = std::min(kLongestInput, std::ceil(most * 10) / 10);
  return true;
}

}  // namespace pare
