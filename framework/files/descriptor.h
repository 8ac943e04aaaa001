// Descriptor: an open POSIX file that knows what it is called, so that every error can name it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "framework/base/error.h"

namespace pare {

// Throws Failure::Data "<name>: cannot <action>: <what the system said>" for the current errno.
[[noreturn]] void fail_with_errno(const std::string& name, const char* action);

// Whether `path` is the name of this open file: its owner may have renamed it, and another taken the name.
bool is_file_at(int descriptor, const char* path);

// Interrupted calls are repeated; whatever else goes wrong throws Failure::Data naming the file and the
// reason.
class Descriptor {
 public:
  // `flags` are those of open(2); a file that is created gets the permissions the umask leaves.
  // `name` stands for the file in errors.
  Descriptor(const std::string& path, int flags, std::string name);
  Descriptor(const std::string& path, int flags) : Descriptor(path, flags, path) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  bool is_directory() const;
  uint64_t size() const;                       // bytes; 0 for a pipe or a device
  size_t read_some(std::span<uint8_t> bytes);  // how many bytes came; 0 at the end
  void write_all(std::span<const uint8_t> bytes);
  // The same at the end of a file; what cannot be written whole is taken back.
  void write_whole(std::span<const uint8_t> bytes);
  void truncate(uint64_t size);
  // Takes over who may do what with another file; what the system does not allow stays as it is.
  void take_over_permissions(const std::string& of);
  void sync();  // returns when the disk has it

  // Holds the system's lock on the open file until this descriptor is gone; where there are no locks,
  // nothing.
  void lock();
  bool try_lock();  // the same without waiting: false when another open file holds the lock
  bool is_at(const std::string& path) const;  // not when it was renamed or removed since it was opened

 private:
  int descriptor_;
  std::string name_;
};

}  // namespace pare
