// EmbeddedFile: a text file that was compiled into the program (see cmake/embed.cmake).
#pragma once

#include <string_view>
#include <vector>

namespace pare {

struct EmbeddedFile {
  std::string_view name, text;  // the name is without its folder
};

}  // namespace pare
