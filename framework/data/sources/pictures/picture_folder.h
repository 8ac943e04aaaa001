// PictureFolder: the files of a folder of pictures, by class, and which of them are for what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pare {

// Pictures below one folder, sorted by class, then by name as bytes.
struct PictureFiles {
  std::string folder;
  std::vector<std::string> names;  // below it: "cat/1.png"
  std::vector<int32_t> labels;

  size_t count() const { return names.size(); }
  std::string path(size_t index) const { return folder + "/" + names[index]; }
};

struct PictureFolder {
  std::vector<std::string> classes;  // sorted by name, or by value if all are numbers
  PictureFiles train, validation, test;
  bool divided = false;  // into folders train, test and perhaps validation; otherwise all are in `train`
  std::vector<std::string> notes;
};

// Whether a file's name says that it is a picture of a kind that is read.
bool is_picture(const std::string& name);

// FOLDER/CLASS/FILE, or FOLDER/train|validation|test/CLASS/FILE ("val" for short). Pictures are files named
// *.png, *.jpg or *.jpeg, in whatever case; names that begin with a dot are skipped, other files counted in a
// note. Links are followed. Throws Failure::Data naming the folder or file: a class without pictures, or only
// in the test part, or there is only one; a picture beside the classes' folders, a folder in one of them, a
// link that leads nowhere, pictures of other formats.
PictureFolder list_pictures(const std::string& folder);

}  // namespace pare
