#include "cli/run_directory.h"

#include <filesystem>

#include "cli/config_file.h"
#include "framework/files/file.h"

namespace pare {

RunDirectory RunDirectory::fresh(const std::string& name) {
  RunDirectory directory("runs/" + name);
  for (int number = 2; directory.holds_run() || std::filesystem::exists(directory.config()); ++number)
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
  if (!std::filesystem::exists(metrics(), ignored)) return;
  for (const std::string& file : {metrics(), events(), report()}) std::filesystem::remove(file, ignored);
}

void RunDirectory::start(const Json& resolved_config) const {
  require(!holds_run(), Failure::Usage, path_,
          " already holds a run; go on with it by --resume, or choose another --out");
  const std::string text = dump(resolved_config) + "\n";
  // What a run leaves that was killed at once is its own config. Anything else is the user's.
  for (const std::string& file : {config(), report(), events()})
    require(
        !std::filesystem::exists(file) || (file == config() && read_text_file(file, kLargestConfig) == text),
        Failure::Usage, file, " is there already, and not this run's; choose another --out");
  make_directory(path_);
  write_file_atomically(config(), text);
}

}  // namespace pare
