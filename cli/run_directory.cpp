#include "cli/run_directory.h"

#include <filesystem>

#include "framework/files/file.h"

namespace pare {

RunDirectory RunDirectory::fresh(const std::string& name) {
  RunDirectory directory("runs/" + name);
  for (int number = 2; directory.holds_run(); ++number)
    directory = RunDirectory("runs/" + name + "-" + std::to_string(number));
  return directory;
}

bool RunDirectory::holds_run() const {
  for (const std::string& file : {metrics(), checkpoint(), model(), summary()})
    if (std::filesystem::exists(file)) return true;
  return false;
}

bool RunDirectory::finished() const { return std::filesystem::exists(summary()); }

void RunDirectory::forget_metrics() const {
  std::error_code ignored;  // start() says what is wrong with the directory
  for (const std::string& file : {metrics(), events()}) std::filesystem::remove(file, ignored);
}

void RunDirectory::start(const Json& resolved_config) const {
  require(!holds_run(), Failure::Usage, path_,
          " already holds a run; go on with it by --resume, or choose another --out");
  make_directory(path_);
  write_file_atomically(config(), dump(resolved_config) + "\n");
}

}  // namespace pare
