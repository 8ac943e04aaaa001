#include "compress/packed/bounded_weights.h"

#include <memory>

#include "framework/base/error.h"

namespace pare {
namespace {

// In theory a weight costs the range coder as little as 2^-15 bits, and a checkpoint nothing at all once its
// channel is gone, but finished networks have few rows of zeros. A file that claims more weights than this
// for its size is damaged or hostile, and would cost memory and time.
constexpr int64_t kMostWeightsPerByte = 1 << 10, kAlwaysAllowed = 1 << 22;

}  // namespace

WeightMaker bounded_weights(WeightMaker make, std::string file_name, uint64_t bytes) {
  // Shared by the copies that the maker may be passed on as.
  const auto allowed =
      std::make_shared<int64_t>(kAlwaysAllowed + static_cast<int64_t>(bytes) * kMostWeightsPerByte);
  return [=, make = std::move(make), file_name = std::move(file_name)](const WeightSite& site) {
    *allowed -= site.shape.count();
    require(*allowed >= 0, Failure::Data, file_name, ": ", site.name, " of ", site.shape,
            " cannot come out of a file of ", bytes, " bytes; the file is damaged");
    return make(site);
  };
}

}  // namespace pare
