// The contact sheet: one HTML page of examples of each class, so that people see what a network will see.
#pragma once

#include <string>

#include "framework/data/survey/survey.h"

namespace pare {

// Of each class some examples of the training part at equal distances, as they are before normalisation;
// without classes, of all of it, with what they ask for. Those that cannot be read are left out.
std::string contact_sheet(const Dataset& data, const Survey& found);

}  // namespace pare
