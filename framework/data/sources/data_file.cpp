#include "framework/data/sources/data_file.h"

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "framework/base/error.h"
#include "framework/config/suggest.h"

namespace pare {

namespace fs = std::filesystem;

namespace {

enum class Kind { File, Folder };

std::string find(Kind kind, const std::string& path, const std::string& data_directory) {
  const char* const from_environment = std::getenv("PARE_DATA");
  std::vector<std::string> looked{path};
  if (fs::path(path).is_relative()) {
    if (!data_directory.empty())
      looked.push_back((fs::path(data_directory) / path).string());
    else if (from_environment != nullptr && *from_environment != 0)
      looked.push_back((fs::path(from_environment) / path).string());
  }
  for (const std::string& place : looked) {
    std::error_code ignored;
    if (!fs::exists(place, ignored)) continue;
    const bool is_folder = fs::is_directory(place, ignored);
    require(is_folder == (kind == Kind::Folder), Failure::Data, place,
            is_folder ? ": is a directory, expected a file" : ": is a file, expected a directory");
    return place;
  }
  fail(Failure::Data, kind == Kind::File ? "data file '" : "data folder '", path, "' not found; looked for ",
       comma_list(looked),
       fs::path(path).is_relative()
           ? ", from the current directory; change the path in the config, or give --data-dir"
           : "; change the path in the config");
}

}  // namespace

std::string find_data_file(const std::string& path, const std::string& data_directory) {
  return find(Kind::File, path, data_directory);
}

std::string find_data_folder(const std::string& path, const std::string& data_directory) {
  return find(Kind::Folder, path, data_directory);
}

std::string file_name_of(const std::string& path) { return fs::path(path).filename().string(); }

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

}  // namespace pare
