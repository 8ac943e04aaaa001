#include "cli/report/page.h"

#include <filesystem>

#include "cli/report/assets.h"
#include "cli/run_directory.h"
#include "framework/files/file.h"

namespace pare {
namespace {

constexpr uint64_t kFileLimit = uint64_t{1} << 30;
constexpr size_t kEpochsWithChannels = 80;  // more rows than that cannot be told apart

std::vector<Json> read_metrics(const std::string& path) {
  const std::string lines = read_text_file(path, kFileLimit);
  std::vector<Json> epochs;
  size_t start = 0;
  for (size_t end; (end = lines.find('\n', start)) != std::string::npos; start = end + 1)
    epochs.push_back(parse_json(std::string_view(lines).substr(start, end - start),
                                text(path, " (line ", epochs.size() + 1, ")"), Failure::Data));
  return epochs;
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

// JSON in which no HTML can be hidden: "<" only occurs in strings, where it may be written as an escape.
std::string for_script_element(const Json& json) {
  std::string safe;
  for (const char c : dump_line(json))
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  return safe;
}

// `page` with the first `mark` replaced.
std::string filled_in(std::string_view page, std::string_view mark, std::string_view with) {
  const size_t at = page.find(mark);
  check(at != std::string_view::npos, "report: the page has no ", mark);
  return text(page.substr(0, at), with, page.substr(at + mark.size()));
}

}  // namespace

Json run_data(const std::string& directory) {
  const RunDirectory run(directory);
  require(std::filesystem::exists(run.metrics()), Failure::Data, directory,
          ": no metrics.jsonl in it; expected the directory of a run, as pare train --out leaves it");
  const auto json_or_null = [](const std::string& path) {
    return std::filesystem::exists(path) ? parse_json(read_text_file(path, kFileLimit), path, Failure::Data)
                                         : Json();
  };
  std::vector<Json> epochs = read_metrics(run.metrics());
  thin_out_channels(epochs);
  return Json::object({{"directory", directory},
                       {"config", json_or_null(run.config())},
                       {"summary", json_or_null(run.summary())},
                       {"epochs", Json::array(std::move(epochs))}});
}

std::string report_page(const std::vector<std::string>& directories) {
  Json runs = Json::array();
  for (const std::string& directory : directories) runs.push(run_data(directory));
  // The data comes last, so that nothing in it is taken for a mark.
  std::string page = filled_in(kPageHtml, "/*page.css*/", kPageCss);
  page = filled_in(page, "/*draw.js*/", kDrawJs);
  page = filled_in(page, "/*page.js*/", kPageJs);
  return filled_in(page, "/*data*/", for_script_element(runs));
}

}  // namespace pare
