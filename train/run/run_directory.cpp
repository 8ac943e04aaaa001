#include "train/run/run_directory.h"

#include <filesystem>

#include "framework/files/file.h"
#include "train/config/config_file.h"
#include "train/config/run_config.h"

namespace pare {

RunDirectory RunDirectory::fresh(const std::string& name) {
  make_directory("runs");
  std::string path = "runs/" + name;
  for (int number = 2; !make_new_directory(path); ++number) path = text("runs/", name, "-", number);
  return RunDirectory(path);
}

void RunDirectory::require_none_of(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const RunDirectory run(parent.empty() ? "." : parent.string());
  std::error_code error;  // where one of them is not there, nothing is lost
  for (const std::string& file : {run.config(), run.metrics(), run.events(), run.model(), run.summary(),
                                  run.evaluation(), run.best(), run.checkpoint()})
    require(!std::filesystem::equivalent(path, file, error), Failure::Usage, path,
            ": a run's file has this name; write to another one");
}

namespace {

// `path` itself, or the first of these files that the directory has.
std::string one_of(const std::string& path, const std::vector<std::string>& files) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return path;
  for (const std::string& file : files)
    if (std::filesystem::exists(file, error)) return file;
  fail(Failure::Data, path,
       ": a directory without model.pare and checkpoint.safetensors; expected a model, or the "
       "directory of a run");
}

}  // namespace

std::string RunDirectory::model_at(const std::string& path) {
  const RunDirectory run(path);
  return one_of(path, {run.model(), run.checkpoint()});
}

std::string RunDirectory::first_values_at(const std::string& path) {
  const RunDirectory run(path);
  return one_of(path, {run.checkpoint(), run.model()});
}

bool RunDirectory::holds_run() const {
  for (const std::string& file : {metrics(), checkpoint(), model(), summary()})
    if (std::filesystem::exists(file)) return true;
  return false;
}

bool RunDirectory::finished() const {
  return std::filesystem::exists(summary()) && std::filesystem::exists(model());
}

namespace {

// Whether a file holds this config, for whatever number of threads.
bool holds(const std::string& file, const Json& config) {
  try {
    const Json other = parse_json(read_text_file(file, kLargestConfig), file, Failure::Data);
    return other.is_object() && without(other, "threads") == without(config, "threads");
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

void RunDirectory::require_no_run() const {
  require(!holds_run(), Failure::Usage, path_,
          " already holds a run; go on with it by --resume, or choose another --out");
}

void RunDirectory::start(const Json& resolved_config) const {
  require_no_run();
  start_again(resolved_config);
}

void RunDirectory::start_again(const Json& resolved_config) const {
  const std::string text = dump(resolved_config) + "\n";
  // The config is written first, so what stands beside another one, or none, is the user's. Where there are
  // metrics, a run has begun, which start_of has compared with this one.
  const bool mine = std::filesystem::exists(config()) &&
                    (std::filesystem::exists(metrics()) || holds(config(), resolved_config));
  for (const std::string& file :
       {config(), metrics(), events(), report(), model(), summary(), evaluation(), best(), checkpoint()})
    require(mine || !std::filesystem::exists(file), Failure::Usage, file,
            " is there already, and not this run's; choose another --out");
  // Metrics go last: they are what says that a run has begun.
  for (const std::string& file : {report(), events(), evaluation(), best(), metrics()})
    std::filesystem::remove(file);
  make_directory(path_);
  write_file_atomically(config(), text);
}

}  // namespace pare
