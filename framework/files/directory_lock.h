// DirectoryLock: keeps a second process from working in the same directory.
//
// The system holds the lock on the directory itself: no file is left behind, and it is gone with the process,
// however that ends.
#pragma once

#include <string>

#include "framework/files/descriptor.h"

namespace pare {

class DirectoryLock {
 public:
  // Makes the directory where it is missing. Throws Failure::Usage when another process holds it,
  // Failure::Data when it cannot be made or opened.
  explicit DirectoryLock(const std::string& path);

 private:
  Descriptor directory_;
};

}  // namespace pare
