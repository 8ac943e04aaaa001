// What a network is most wrong about, to look at.
#pragma once

#include "framework/data/source.h"
#include "train/task/tally.h"

namespace pare {

// A list of objects, the worst first: what the answer was (WrongAnswer::said), the example's name, and its
// thumbnail. `source`: what was evaluated, in order, of `spec`.
Json worst_examples(const Tally& tally, const Spec& spec, const Source& source);

}  // namespace pare
