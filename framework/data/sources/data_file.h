// Where the files that a config names are.
#pragma once

#include <string>

namespace pare {

// The path itself if there is such a file; otherwise the one below `data_directory`, or, if that is empty,
// below $PARE_DATA. Throws Failure::Data that says where it looked.
std::string find_data_file(const std::string& path, const std::string& data_directory);
// The same for a folder.
std::string find_data_folder(const std::string& path, const std::string& data_directory);

// "iris.csv" of "tables/iris.csv", and the folder, "." when the path has none.
std::string file_name_of(const std::string& path);
std::string folder_of(const std::string& path);

}  // namespace pare
