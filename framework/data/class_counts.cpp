#include "framework/data/class_counts.h"

namespace pare {

std::vector<int64_t> class_counts(const Source& source, size_t classes) {
  std::vector<int64_t> counts(classes, 0);
  for (int index = 0; index < source.count(); ++index) ++counts.at(static_cast<size_t>(source.label(index)));
  return counts;
}

}  // namespace pare
