#include "framework/files/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "framework/files/bytes.h"
#include "framework/files/descriptor.h"

namespace pare {
namespace {

template <class Bytes>
Bytes read_whole(const std::string& path, uint64_t limit) {
  Descriptor file(path, O_RDONLY);
  require(!file.is_directory(), Failure::Data, path, ": is a directory, expected a file");
  const uint64_t size = file.size();
  require(size <= limit, Failure::Data, path, ": has ", size, " bytes, more than the ", limit,
          " accepted here");
  // The size is only a hint: a pipe says 0 and a file may grow while it is read.
  Bytes bytes(size + 4096, 0);
  size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) bytes.resize(2 * bytes.size());
    const size_t count =
        file.read_some({reinterpret_cast<uint8_t*>(bytes.data()) + filled, bytes.size() - filled});
    if (count == 0) break;
    filled += count;
    require(filled <= limit, Failure::Data, path, ": has more than the ", limit, " bytes accepted here");
  }
  bytes.resize(filled);
  return bytes;
}

constexpr const char* kPartial = ".partial-";
constexpr int kMostTries = 1000;
constexpr size_t kSmall = 1 << 20;

// Removes what processes that were killed left of `target`: the lock of a partial file goes with its writer.
void sweep_partial_files(const std::filesystem::path& target) {
  const std::string prefix = target.filename().string() + kPartial;
  const std::filesystem::path parent = target.parent_path().empty() ? "." : target.parent_path();
  std::error_code error;  // a partial file that stays does no harm
  for (std::filesystem::directory_iterator at(parent, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(prefix) || name.find_first_not_of("0123456789", prefix.size()) != std::string::npos)
      continue;
    const int file = open(at->path().c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) continue;
    if (flock(file, LOCK_EX | LOCK_NB) == 0 && is_file_at(file, at->path().c_str()))
      unlink(at->path().c_str());
    close(file);
  }
}

// The file being written. It vanishes unless it is renamed.
class PartialFile {
 public:
  explicit PartialFile(const std::string& target) : target_(target), path_(text(target, kPartial, getpid())) {
    // Before it is locked another process may sweep the file away; or it is that of a writer with our number
    // on another machine, who renames it while we wait.
    for (int tries = 1; !file_; ++tries) {
      file_.emplace(path_, O_WRONLY | O_CREAT | O_NOFOLLOW, target_);
      file_->lock();
      if (file_->is_at(path_)) break;
      file_.reset();
      require(tries < kMostTries, Failure::Data, target_, ": cannot write: ", path_,
              " vanishes each time it is made");
    }
    file_->truncate(0);
  }
  ~PartialFile() {
    if (!renamed_) unlink(path_.c_str());
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  // It gets the mode and owner of the file that it replaces.
  void write(std::span<const std::span<const uint8_t>> parts) {
    file_->take_over_permissions(target_);
    std::vector<uint8_t> together;  // small ones, which are no call of the system each
    const auto flush = [&] {
      file_->write_all(together);
      together.clear();
    };
    for (const std::span<const uint8_t> part : parts) {
      const bool small = part.size() < kSmall;
      if (!small || together.size() >= kSmall) flush();
      if (small)
        together.insert(together.end(), part.begin(), part.end());
      else
        file_->write_all(part);
    }
    flush();
    file_->sync();  // reports what a later close could
  }

  void rename_to_target() {
    if (std::rename(path_.c_str(), target_.c_str()) != 0) fail_with_errno(target_, "replace");
    renamed_ = true;
  }

 private:
  std::string target_;
  std::string path_;
  std::optional<Descriptor> file_;
  bool renamed_ = false;
};

}  // namespace

std::vector<uint8_t> read_file(const std::string& path, uint64_t limit) {
  return read_whole<std::vector<uint8_t>>(path, limit);
}

std::string read_text_file(const std::string& path, uint64_t limit) {
  return read_whole<std::string>(path, limit);
}

void write_file_atomically(const std::string& path, std::span<const uint8_t> bytes) {
  write_file_atomically(path, std::span(&bytes, 1));
}

void write_file_atomically(const std::string& path, std::span<const std::span<const uint8_t>> parts) {
  // A rename would replace /dev/null or a named pipe by a regular file as happily as it replaces a model.
  struct stat status {};
  const bool exists = stat(path.c_str(), &status) == 0;
  require(!exists || S_ISREG(status.st_mode), Failure::Data, path, ": cannot write: it exists and is ",
          S_ISDIR(status.st_mode) ? "a directory" : "not a regular file");

  std::error_code error;
  if (std::filesystem::is_symlink(path, error)) {
    require(exists, Failure::Data, path, ": cannot write: it is a symbolic link to nothing");
    return write_file_atomically(std::filesystem::canonical(path).string(), parts);
  }
  sweep_partial_files(path);
  PartialFile partial(path);
  partial.write(parts);
  partial.rename_to_target();

  // The new name is an entry of the directory, which has to reach the disk too.
  const std::string parent = std::filesystem::path(path).parent_path().string();
  Descriptor(parent.empty() ? "." : parent, O_RDONLY | O_DIRECTORY).sync();
}

void write_file_atomically(const std::string& path, std::string_view text) {
  write_file_atomically(path, bytes_of(text));
}

void require_other_file(const std::string& input, const std::string& output) {
  std::error_code error;  // where one of them is not there, nothing is lost
  require(!std::filesystem::equivalent(input, output, error), Failure::Usage, output,
          ": this is the file that is read; write to another one");
}

uint64_t file_size(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) fail_with_errno(path, "open");
  require(!S_ISDIR(status.st_mode), Failure::Data, path, ": is a directory, expected a file");
  require(S_ISREG(status.st_mode), Failure::Data, path, ": cannot tell its size: not a regular file");
  return static_cast<uint64_t>(status.st_size);
}

void make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  require(!error, Failure::Data, path, ": cannot create this directory: ", error.message());
  require(std::filesystem::is_directory(path, error), Failure::Data, path, ": is not a directory");
  if (access(path.c_str(), W_OK | X_OK) != 0) fail_with_errno(path, "write into this directory");
}

bool make_new_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0777) == 0) return true;
  if (errno != EEXIST) fail_with_errno(path, "create this directory");
  return false;
}

}  // namespace pare
