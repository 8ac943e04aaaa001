// Pages out of the files of this folder, which are compiled in.
#pragma once

#include <initializer_list>
#include <string>

#include "framework/json/json.h"

namespace pare {

// page.html with its style, these scripts one after the other, and the data, in the places that are marked.
std::string page_of(std::initializer_list<const char*> scripts, const Json& data);

}  // namespace pare
