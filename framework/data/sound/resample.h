// Another sample rate for a sound.
#pragma once

#include "framework/data/sound/sound.h"

namespace pare {

// By a sinc windowed by Blackman's window, sixteen zero crossings to each side, that passes up to 0.92 of the
// lower rate's half (J. O. Smith, "Digital Audio Resampling", bandlimited interpolation; each output's
// weights are brought to the sum 1). Beyond its ends a sound is silent. count * rate / sound.rate samples,
// rounded down, the first at the time of the first. The same rate: as it is. Rates up to kMostRate.
Sound resampled(Sound sound, int rate);

}  // namespace pare
