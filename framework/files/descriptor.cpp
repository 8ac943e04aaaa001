#include "framework/files/descriptor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pare {
namespace {

// Repeats a system call while a signal keeps interrupting it.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

struct stat status_of(int descriptor, const std::string& name) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) fail_with_errno(name, "look at it");
  return status;
}

}  // namespace

bool is_file_at(int descriptor, const char* path) {
  struct stat opened {
  }, named{};
  return fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

void fail_with_errno(const std::string& name, const char* action) {
  const int reason = errno;
  fail(Failure::Data, name, ": cannot ", action, ": ", std::strerror(reason));
}

Descriptor::Descriptor(const std::string& path, int flags, std::string name) : name_(std::move(name)) {
  descriptor_ = uninterrupted([&] { return open(path.c_str(), flags | O_CLOEXEC, 0666); });
  if (descriptor_ < 0) fail_with_errno(name_, "open");
}

Descriptor::~Descriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Descriptor::is_directory() const { return S_ISDIR(status_of(descriptor_, name_).st_mode); }

uint64_t Descriptor::size() const { return static_cast<uint64_t>(status_of(descriptor_, name_).st_size); }

size_t Descriptor::read_some(std::span<uint8_t> bytes) {
  const ssize_t count = uninterrupted([&] { return read(descriptor_, bytes.data(), bytes.size()); });
  if (count < 0) fail_with_errno(name_, "read");
  return static_cast<size_t>(count);
}

void Descriptor::write_all(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = uninterrupted([&] { return write(descriptor_, bytes.data(), bytes.size()); });
    if (count < 0) fail_with_errno(name_, "write");
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void Descriptor::write_whole(std::span<const uint8_t> bytes) {
  const uint64_t before = size();
  try {
    write_all(bytes);
  } catch (const Error&) {
    // Half a record would make the file unreadable; if even this fails, the first error says more.
    try {
      truncate(before);
    } catch (const Error&) {
    }
    throw;
  }
}

void Descriptor::truncate(uint64_t size) {
  const auto length = static_cast<off_t>(size);
  if (uninterrupted([&] { return ftruncate(descriptor_, length); }) != 0) fail_with_errno(name_, "truncate");
}

// The owner first: changing it clears the bits that let a program run as somebody else.
void Descriptor::take_over_permissions(const std::string& of) {
  struct stat status {};
  if (stat(of.c_str(), &status) != 0) return;
  if (fchown(descriptor_, status.st_uid, status.st_gid) != 0 &&
      fchown(descriptor_, static_cast<uid_t>(-1), status.st_gid) != 0)
    status.st_mode &= ~static_cast<mode_t>(S_IRWXG);  // meant for a group that this file does not belong to
  static_cast<void>(fchmod(descriptor_, status.st_mode & 07777));
}

void Descriptor::sync() {
  if (uninterrupted([&] { return fsync(descriptor_); }) != 0) fail_with_errno(name_, "flush to disk");
}

void Descriptor::lock() {
  uninterrupted([&] { return flock(descriptor_, LOCK_EX); });
}

bool Descriptor::try_lock() {
  return uninterrupted([&] { return flock(descriptor_, LOCK_EX | LOCK_NB); }) == 0 || errno != EWOULDBLOCK;
}

bool Descriptor::is_at(const std::string& path) const { return is_file_at(descriptor_, path.c_str()); }

}  // namespace pare
