#include "layers/coupling.h"

#include <numeric>

namespace pare {
namespace {

bool is_identity(const std::vector<int>& from, int64_t channels) {
  if (static_cast<int64_t>(from.size()) != channels) return false;
  for (size_t c = 0; c < from.size(); ++c)
    if (from[c] != static_cast<int>(c)) return false;
  return true;
}

}  // namespace

Coupling Coupling::same(int channels) {
  Coupling coupling{Outputs::Carried, {}, {{std::vector<int>(channels), 0}}};
  std::iota(coupling.inputs[0].from.begin(), coupling.inputs[0].from.end(), 0);
  return coupling;
}

bool Coupling::adds_one_to_one(int64_t a_channels, int64_t b_channels) const {
  return adds() && is_identity(inputs[0].from, a_channels) && is_identity(inputs[1].from, b_channels);
}

}  // namespace pare
