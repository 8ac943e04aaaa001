#include "framework/data/sources/files/example_files.h"

namespace pare {

void ExampleFiles::append(const ExampleFiles& from, size_t index) {
  names.push_back(from.names[index]);
  labels.push_back(from.labels[index]);
  if (!from.groups.empty()) groups.push_back(from.groups[index]);
}

}  // namespace pare
