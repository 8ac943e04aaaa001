// Files in a folder a class.
#pragma once

#include "framework/data/sources/files/example_files.h"
#include "framework/data/sources/files/file_kind.h"
#include "framework/data/sources/files/listing.h"

namespace pare {

// FOLDER/CLASS/FILE, or FOLDER/train|validation|test/CLASS/FILE ("val" for short). Examples are the files of
// that kind; what else is there is counted in a note. Throws Failure::Data naming the folder or file: a class
// without examples, or only in the test part, or there is only one; an example beside the classes' folders, a
// folder in one of them, files of other formats.
FoundFiles list_class_folders(const std::string& folder, const FileKind& kind, Lister& lister);

}  // namespace pare
