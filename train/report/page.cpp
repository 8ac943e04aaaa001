#include "train/report/page.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "framework/files/file.h"
#include "train/lottery/lottery_directory.h"
#include "train/metrics/json_lines.h"
#include "train/report/embedded.h"
#include "train/run/run_directory.h"
#include "train/task/tally.h"

namespace pare {

namespace {

namespace fs = std::filesystem;

constexpr uint64_t kFileLimit = uint64_t{1} << 30;
constexpr size_t kEpochsWithChannels = 80;  // more rows than that cannot be told apart

Json json_or_null(const std::string& path) {
  return fs::exists(path) ? parse_json(read_text_file(path, kFileLimit), path, Failure::Data) : Json();
}

void thin_out_channels(std::vector<Json>& epochs) {
  const size_t every = (epochs.size() + kEpochsWithChannels - 1) / kEpochsWithChannels;
  for (size_t i = 1; i < epochs.size(); ++i) {
    Json* const layers = epochs[i].find("layers");
    if (layers == nullptr || (epochs.size() - 1 - i) % every == 0) continue;
    for (Json& layer : layers->items())
      std::erase_if(layer.members(), [](const auto& m) { return m.first == "channel_bits"; });
  }
}

// How metrics are shown: {name: {"title", "share", "more"}}.
Json kinds() {
  Json all = Json::object();
  for (const MetricKind& kind : metric_kinds())
    all.set(kind.name,
            Json::object({{"title", kind.title}, {"share", kind.share}, {"more", kind.more_is_better}}));
  return all;
}

bool is_lottery(const std::string& directory) { return fs::exists(LotteryDirectory(directory).levels()); }

bool holds_results(const std::string& directory) {
  return is_lottery(directory) || fs::exists(RunDirectory(directory).metrics());
}

}  // namespace

Json run_data(const std::string& directory) {
  const RunDirectory run(directory);
  require(
      fs::exists(run.metrics()), Failure::Data, directory,
      ": no metrics.jsonl in it; expected the directory of a run, as pare train --out leaves it, or of a ",
      "lottery, or one that holds such directories");
  std::vector<Json> epochs = read_json_lines(run.metrics());
  for (const Json& line : epochs)
    require(line.is_object() && line.find("epoch") != nullptr && line.find("layers") != nullptr,
            Failure::Data, run.metrics(),
            ": its lines are not a run's epochs; of a lottery name its own directory, DIR of ",
            "`pare lottery --out DIR`");
  thin_out_channels(epochs);
  return Json::object({{"directory", directory},
                       {"config", json_or_null(run.config())},
                       {"summary", json_or_null(run.summary())},
                       {"evaluation", json_or_null(run.evaluation())},
                       {"kinds", kinds()},
                       {"epochs", Json::array(std::move(epochs))}});
}

Json lottery_data(const std::string& directory) {
  const LotteryDirectory lottery(directory);
  return Json::object({{"directory", directory},
                       {"config", json_or_null(lottery.config())},
                       {"levels", Json::array(read_json_lines(lottery.levels()))}});
}

std::vector<std::string> report_directories(const std::string& directory) {
  if (holds_results(directory) || !fs::is_directory(directory)) return {directory};
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(directory))
    if (holds_results(entry.path().string())) found.push_back(entry.path().string());
  std::sort(found.begin(), found.end());
  return found.empty() ? std::vector<std::string>{directory} : found;
}

std::string report_page(const std::vector<std::string>& directories, std::vector<std::string>* faults) {
  Json entries = Json::array();
  std::optional<Error> first;
  for (const std::string& named : directories)
    for (const std::string& directory : report_directories(named)) try {
        entries.push(is_lottery(directory) ? lottery_data(directory) : run_data(directory));
      } catch (const Error& error) {
        if (faults == nullptr) throw;
        faults->push_back(error.what());
        if (!first) first = error;
      }
  if (first && entries.items().empty()) throw Error(*first);
  return page_of({"draw.js", "lottery.js", "evaluation.js", "page.js"}, entries);
}

}  // namespace pare
