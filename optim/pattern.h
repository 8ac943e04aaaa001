// Pattern: which parameters are meant, by name or by what they are.
#pragma once

#include <string>
#include <string_view>

#include "framework/autograd/parameter.h"

namespace pare {

// '*' stands for any characters, also none and dots, '?' for one.
bool matches_glob(std::string_view glob, std::string_view text);

struct Pattern {
  std::string glob = "*";                     // of the name
  ParameterTags tags = ParameterTags::all();  // any of these

  Pattern(std::initializer_list<ParameterTag> any) : tags(any) {}
  Pattern(std::string name, ParameterTags any) : glob(std::move(name)), tags(any) {}
  // "bits" (a tag), "0.conv2d.*" (a glob on the name) or "bits:0.*" (both).
  static Pattern parse(const std::string& words);

  bool matches(const Parameter& parameter) const {
    return parameter.tags.meets(tags) && (glob == "*" || matches_glob(glob, parameter.name));
  }
};

}  // namespace pare
