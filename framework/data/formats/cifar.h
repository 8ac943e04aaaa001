// The binary versions of CIFAR-10 and CIFAR-100: records of label bytes and three 32x32 planes, red, green,
// blue.
#pragma once

#include <span>
#include <string>

#include "framework/data/source.h"

namespace pare {

// The records of all files, one after the other. Throws Failure::Data, naming the file, when a file is empty,
// is not a whole number of records, or has a label that is not below `classes`.
ImageSet read_cifar10(std::span<const std::string> files, int classes);
// The same of records with two labels, a coarse one, which is left out, and the class.
ImageSet read_cifar100(std::span<const std::string> files, int classes);

}  // namespace pare
