#include "framework/files/directory_lock.h"

#include <fcntl.h>

#include "framework/files/file.h"

namespace pare {

DirectoryLock::DirectoryLock(const std::string& path)
    : directory_((make_directory(path), path), O_RDONLY | O_DIRECTORY) {
  require(directory_.try_lock(), Failure::Usage, path,
          ": another process is working in this directory; wait for it, or choose another one");
}

}  // namespace pare
