// A preprocessing as text.
#pragma once

#include <string>

#include "framework/data/preprocessing/preprocessing.h"

namespace pare {

// One line of JSON, all fields written out.
std::string described(const Variant<Preprocessing>& preprocessing);

}  // namespace pare
