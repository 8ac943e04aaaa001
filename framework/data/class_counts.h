// How many examples a source has of each class.
#pragma once

#include <cstdint>
#include <vector>

#include "framework/data/source.h"

namespace pare {

// By class; `source` has classes 0 to classes - 1.
std::vector<int64_t> class_counts(const Source& source, size_t classes);

}  // namespace pare
