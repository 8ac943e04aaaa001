// The binary version of CIFAR-10: records of one label byte and three 32x32 planes, red, green, blue.
#pragma once

#include <span>
#include <string>

#include "framework/data/source.h"

namespace pare {

// The records of all files, one after the other. Throws Failure::Data, naming the file, when a file is empty,
// is not a whole number of records, or has a label that is not below `classes`.
ImageSet read_cifar10(std::span<const std::string> files, int classes);

}  // namespace pare
