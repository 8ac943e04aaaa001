// Files whose names say their class.
#pragma once

#include "framework/data/sources/files/example_files.h"
#include "framework/data/sources/files/file_kind.h"
#include "framework/data/sources/files/listing.h"
#include "framework/data/sources/files/name_pattern.h"

namespace pare {

// All files of that kind below `folder`; their paths from there, without the ending, have to fit the pattern.
// `group`: the part whose values say which files belong together; empty: none does. Throws Failure::Data
// naming a file that does not fit, or a folder deeper than the pattern's; or when there are fewer than two
// classes.
FoundFiles list_named_files(const std::string& folder, const FileKind& kind, const NamePattern& pattern,
                            const std::string& group, Lister& lister);

}  // namespace pare
