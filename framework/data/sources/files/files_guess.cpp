// What a folder of files says about its config.
#include <algorithm>
#include <filesystem>

#include "framework/base/error.h"
#include "framework/data/preprocessing/preprocessing.h"
#include "framework/data/sources/files/files_config.h"
#include "framework/data/spread.h"
#include "framework/files/file.h"

namespace pare {
namespace {

namespace fs = std::filesystem;

// Whether there is a file of that kind in the folder, in one of it, or in one of those.
bool holds(const std::string& folder, const FileKind& kind) {
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::follow_directory_symlink, error), end;
  for (; !error && at != end; at.increment(error)) {
    if (at.depth() >= 2) at.disable_recursion_pending();
    if (kind.takes(at->path().filename().string())) return true;
  }
  return false;
}

// How many parts between "_" the names of a folder's own files have; 0 when they differ, or there are none.
std::ptrdiff_t parts_of_names(const std::string& folder, const FileKind& kind) {
  std::ptrdiff_t parts = 0;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with('.') || !kind.takes(name)) continue;
    const std::ptrdiff_t found = 1 + std::ranges::count(name, '_');
    if (parts != 0 && found != parts) return 0;
    parts = found;
  }
  return parts;
}

}  // namespace

std::optional<FoundFiles> FilesConfig::recognise_files(const std::string& place, const FileKind& kind) {
  if (!fs::is_directory(place) || !holds(place, kind)) return std::nullopt;
  path = place;
  const std::ptrdiff_t parts = file_names.empty() ? parts_of_names(place, kind) : 0;
  if (parts == 2) file_names = "{class}_{number}";
  if (parts == 3) {
    file_names = "{class}_{group}_{number}";
    split.group = "group";
  }
  FoundFiles found = list_files(place, kind);
  if (found.test.count() == 0 && !split.says_what_to_test_on()) split.hold_out.test_share = 0.2;
  return found;
}

void FilesConfig::look_at_some(
    const ExampleFiles& files,
    const std::function<void(std::span<const uint8_t>, const std::string&)>& look) {
  constexpr size_t kLooksAt = 100;
  for (const int index : spread(files.count(), kLooksAt)) try {
      const std::string path = files.path(static_cast<size_t>(index));
      look(read_file(path, kLargestInputFile), path);
    } catch (const Error& error) {
      if (error.failure() != Failure::Data) throw;
    }
}

}  // namespace pare
