// Pages out of the files of this folder, which are compiled in.
#pragma once

#include <initializer_list>
#include <string>

#include "framework/json/json.h"

namespace pare {

// The page with its parts and its data in the places that are marked /*FILE*/ and /*data*/.
std::string page_of(const char* page, std::initializer_list<const char*> parts, const Json& data);

}  // namespace pare
