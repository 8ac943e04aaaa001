#include "framework/files/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "framework/files/descriptor.h"
#include "framework/files/file.h"

namespace pare {

DirectoryLock::DirectoryLock(const std::string& path) {
  make_directory(path);
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) fail_with_errno(path, "open");
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const int reason = errno;
  ::close(descriptor_);
  require(reason != EWOULDBLOCK, Failure::Usage, path,
          ": another process is working in this directory; wait for it, or choose another one");
  errno = reason;
  fail_with_errno(path, "lock");
}

DirectoryLock::~DirectoryLock() { ::close(descriptor_); }

}  // namespace pare
