// What a folder of sounds says about its config.
#include <algorithm>
#include <cmath>

#include "framework/base/error.h"
#include "framework/data/formats/sound_file.h"
#include "framework/data/sources/sounds/sounds_config.h"
#include "framework/files/file.h"

namespace pare {
namespace {

constexpr size_t kLooksAt = 100;      // files, at equal distances
constexpr double kLongestInput = 10;  // seconds

}  // namespace

// The rate is the lowest that was found; the length, that of nine of ten sounds, up to a tenth of a second.
bool SoundsConfig::recognise(const std::string& place) {
  const std::optional<FoundFiles> listed = recognise_files(place, sound_files());
  if (!listed) return false;
  const ExampleFiles& files = listed->train;
  std::vector<double> lengths;
  std::vector<int> rates;
  const size_t count = std::min(kLooksAt, files.count());
  for (size_t i = 0; i < count; ++i) try {
      const std::string file = files.path(i * files.count() / count);
      const Sound sound = decode_sound(read_file(file, kLargestInputFile), file);
      rates.push_back(sound.rate);
      lengths.push_back(static_cast<double>(sound.samples.size()) / sound.rate);
    } catch (const Error& error) {  // load() names those that cannot be read
      if (error.failure() != Failure::Data) throw;
    }
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
