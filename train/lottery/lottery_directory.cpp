#include "train/lottery/lottery_directory.h"

#include <algorithm>
#include <filesystem>

#include "framework/config/config.h"
#include "framework/files/file.h"
#include "train/lottery/lottery_config.h"

namespace pare {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLargestFile = 1 << 24;
constexpr const char* kColumns[] = {"replicate",
                                    "level",
                                    "role",
                                    "method",
                                    "seed",
                                    "weights",
                                    "weights_left",
                                    "density",
                                    "early_stop",
                                    "validation_loss",
                                    "validation_accuracy",
                                    "test_accuracy",
                                    "end",
                                    "end_validation_loss",
                                    "end_test_accuracy",
                                    "model_bytes",
                                    "dense_bytes",
                                    "model_test_accuracy"};

// The paths in `directory` called PREFIX_NUMBER, by their numbers.
std::vector<fs::path> numbered(const fs::path& directory, const std::string& prefix) {
  std::vector<std::pair<int, fs::path>> found;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    const std::string digits = name.starts_with(prefix) ? name.substr(prefix.size()) : "";
    if (!digits.empty() && digits.size() < 8 && digits.find_first_not_of("0123456789") == std::string::npos)
      found.emplace_back(std::stoi(digits), entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<fs::path> paths;
  paths.reserve(found.size());
  for (auto& [number, path] : found) paths.push_back(std::move(path));
  return paths;
}

// All finished levels: by replicate, level, and name, with main before the others.
std::vector<Json> finished_levels(const std::string& path) {
  std::vector<Json> levels;
  for (const fs::path& replicate : numbered(path, "replicate_"))
    for (const fs::path& level : numbered(replicate, "level_")) {
      std::vector<std::pair<bool, std::string>> names;
      for (const auto& entry : fs::directory_iterator(level))
        names.emplace_back(entry.path().filename() != "main", entry.path().filename().string());
      std::sort(names.begin(), names.end());
      for (const auto& [not_main, name] : names) {
        const LevelDirectory directory{(level / name).string()};
        if (directory.finished()) levels.push_back(directory.read_result());
      }
    }
  return levels;
}

std::string as_lines(const std::vector<Json>& levels) {
  std::string lines;
  for (const Json& level : levels) lines += dump_line(level) + "\n";
  return lines;
}

std::string as_csv(const std::vector<Json>& levels) {
  std::string csv;
  for (const char* column : kColumns) csv += (csv.empty() ? "" : ",") + std::string(column);
  csv += "\n";
  for (const Json& level : levels) {
    std::string row;
    for (const char* column : kColumns) {
      const Json* const value = level.find(column);
      if (column != kColumns[0]) row += ",";
      if (value != nullptr) row += value->is_string() ? value->string() : dump_line(*value);
    }
    csv += row + "\n";
  }
  return csv;
}

Json without_what_may_grow(Json config) {
  auto& members = config.members();
  std::erase_if(members,
                [](const auto& member) { return member.first == "threads" || member.first == "name"; });
  if (Json* const lottery = config.find("lottery"))
    std::erase_if(lottery->members(), [](const auto& member) {
      return member.first == "levels" || member.first == "replicates" || member.first == "branches";
    });
  return config;
}

}  // namespace

bool LevelDirectory::finished() const { return fs::exists(result()); }

void LevelDirectory::require_finished() const {
  require(finished(), Failure::Usage, path,
          " is not a finished level; expected a directory such as runs/NAME/replicate_1/level_3/main");
}

Json LevelDirectory::read_result() const {
  require_finished();
  return parse_json(read_text_file(result(), kLargestFile), result(), Failure::Data);
}

LevelDirectory LotteryDirectory::at(int replicate_number, int level, const std::string& name) const {
  return {replicate(replicate_number) + "/level_" + std::to_string(level) + "/" + name};
}

LevelDirectory LotteryDirectory::branch(int replicate_number, int level, TicketMethod method) const {
  return at(replicate_number, level, method == TicketMethod::RandomReinit ? "reinit" : word_of(method));
}

void LotteryDirectory::require_same(const Json& resolved_config) const {
  const std::string file = config();
  if (!fs::exists(file)) return;
  const Json found = parse_json(read_text_file(file, kLargestFile), file, Failure::Data);
  require(found.find("lottery") != nullptr, Failure::Usage, file,
          " is of a run and not of a lottery; choose another --out");
  const Json before = resolve_again<LotteryConfig>(found, file);
  require_same_config(without_what_may_grow(before), without_what_may_grow(resolved_config),
                      file + " is another experiment",
                      "carry on with the same config, or choose another --out");
}

void LotteryDirectory::start(const Json& resolved_config) const {
  require_same(resolved_config);
  make_directory(path_);
  write_file_atomically(config(), dump(resolved_config) + "\n");
}

void LotteryDirectory::gather() const {
  std::vector<Json> levels = finished_levels(path_);
  for (bool stale = true; stale;) {
    write_file_atomically(this->levels(), as_lines(levels));
    write_file_atomically(path_ + "/levels.csv", as_csv(levels));
    std::vector<Json> now = finished_levels(path_);
    stale = !(now == levels);
    levels = std::move(now);
  }
}

}  // namespace pare
