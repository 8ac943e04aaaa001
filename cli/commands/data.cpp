// pare data WHAT
#include <algorithm>
#include <filesystem>
#include <memory>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "framework/config/config.h"
#include "framework/config/suggest.h"
#include "framework/data/class_counts.h"
#include "framework/data/survey/survey.h"
#include "framework/files/file.h"
#include "framework/parallel/context.h"
#include "train/config/config_file.h"
#include "train/config/first_config.h"
#include "train/metrics/progress.h"
#include "train/metrics/terminal.h"
#include "train/report/contact_sheet.h"
#include "train/task/text_table.h"

namespace pare {
namespace {

struct Options {
  std::string what, data_directory, sheet;
  std::vector<std::string> overrides;
  int threads = 0;
  bool config = false, json = false;
};

// A config names data; a known data set has its name; anything else is files of one's own.
DataConfig data_named(const Options& options) {
  const std::vector<std::string> known = dataset_names();
  if (std::ranges::find(known, options.what) != known.end()) {
    if (!options.overrides.empty())
      fail(Failure::Usage, "--set ", options.overrides.front(), ": ", options.what,
           " is a known data set, of which there is nothing to set; leave it out");
    DataConfig data;
    data.name = options.what;
    return data;
  }
  if (std::filesystem::path(options.what).extension() == ".json") {
    const ConfigFile file = load_config(options.what, options.overrides);
    const Json* const data = file.json.is_object() ? file.json.find("data") : nullptr;
    require(data != nullptr, Failure::Usage, file.name, ": has no section data");
    return read_config<DataConfig>(*data, file.name + " (data)");
  }
  require(std::filesystem::exists(options.what), Failure::Data, options.what,
          ": there is no such file or folder, and no such data set; those that are known by name: ",
          comma_list(known));
  return guessed_data(options.what, options.overrides);
}

std::string input_said(const InputShape& input) {
  return text('(', input.height, ',', input.width, ',', input.channels, ") ",
              input.element == Element::U8 ? "bytes" : "floats");
}

std::string numbers_said(const std::vector<float>& numbers) {
  constexpr size_t kMost = 8;
  std::string list;
  for (size_t i = 0; i < std::min(kMost, numbers.size()); ++i) list += text(i == 0 ? "" : " ", numbers[i]);
  return numbers.size() > kMost ? list + " ..." : list;
}

// A row a class, or a number that is asked for, a column a part.
std::string counts_table(const Survey& found, const Spec& spec) {
  std::vector<std::vector<std::string>> rows{{""}};
  for (const PartSurvey& part : found.parts) rows[0].push_back(part.name);
  for (size_t c = 0; c < spec.classes.size(); ++c) {
    rows.push_back({"  " + spec.classes[c]});
    for (const PartSurvey& part : found.parts) rows.back().push_back(with_thousands(part.of_class[c]));
  }
  for (size_t v = 0; v < spec.values.size(); ++v) {
    rows.push_back({"  " + spec.values[v]});
    for (const PartSurvey& part : found.parts) {
      const ValueRange& range = part.of_value[v];
      rows.back().push_back(text(range.least, " .. ", range.most, ", mean ", range.mean));
    }
  }
  rows.push_back({"all"});
  for (const PartSurvey& part : found.parts) rows.back().push_back(with_thousands(part.examples));
  return aligned(rows);
}

void say_repeats(const Repeats& repeats, const char* what) {
  if (repeats.examples == 0) return;
  std::printf("%s %s:\n", with_thousands(repeats.examples).c_str(), what);
  for (const auto& [it, before] : repeats.some) std::printf("  %s = %s\n", it.c_str(), before.c_str());
  if (repeats.examples > std::ssize(repeats.some)) std::printf("  ...\n");
}

void say(const Dataset& data, const Survey& found) {
  for (const std::string& note : data.notes) std::printf("%s\n", note.c_str());
  std::printf("input %s, mean %s, deviation %s\n\n%s\n", input_said(data.spec.input).c_str(),
              numbers_said(found.mean).c_str(), numbers_said(found.deviation).c_str(),
              counts_table(found, data.spec).c_str());
  say_repeats(found.in_training, "of the training part repeat another of it");
  say_repeats(found.across, "of the other parts repeat one of the training part");
  say_repeats(found.contradictory, "of all have the input of another, but another class or value");
  for (const PartSurvey& part : found.parts) {
    if (part.unreadable.empty()) continue;
    std::printf("%zu of %s cannot be read:\n", part.unreadable.size(), part.name.c_str());
    for (const std::string& fault : part.unreadable) std::printf("  %s\n", fault.c_str());
  }
}

Json to_json(const Repeats& repeats) {
  Json some = Json::array();
  for (const auto& [it, before] : repeats.some) some.push(Json::array({it, before}));
  return Json::object({{"examples", repeats.examples}, {"some", std::move(some)}});
}

template <class T>
Json to_json(const std::vector<T>& list) {
  return Json::array(std::vector<Json>(list.begin(), list.end()));
}

Json to_json(const PartSurvey& part, const Spec& spec) {
  Json json = Json::object({{"examples", part.examples}});
  Json classes = Json::object(), values = Json::object();
  for (size_t c = 0; c < spec.classes.size(); ++c) classes.set(spec.classes[c], part.of_class[c]);
  for (size_t v = 0; v < spec.values.size(); ++v)
    values.set(spec.values[v], Json::object({{"least", part.of_value[v].least},
                                             {"mean", part.of_value[v].mean},
                                             {"most", part.of_value[v].most}}));
  if (!spec.classes.empty()) json.set("classes", std::move(classes));
  if (!spec.values.empty()) json.set("values", std::move(values));
  json.set("unreadable", to_json(part.unreadable));
  return json;
}

Json to_json(const Dataset& data, const Survey& found) {
  const InputShape& input = data.spec.input;
  Json parts = Json::object();
  for (const PartSurvey& part : found.parts) parts.set(part.name, to_json(part, data.spec));
  const auto numbers = [](const std::vector<float>& list) {
    return to_json(std::vector<double>(list.begin(), list.end()));
  };
  return Json::object({{"data", data.spec.data},
                       {"input", Json::array({input.height, input.width, input.channels})},
                       {"element", input.element == Element::U8 ? "u8" : "f32"},
                       {"mean", numbers(found.mean)},
                       {"deviation", numbers(found.deviation)},
                       {"parts", std::move(parts)},
                       {"repeated", to_json(found.in_training)},
                       {"in_both_parts", to_json(found.across)},
                       {"contradictory", to_json(found.contradictory)},
                       {"notes", to_json(data.notes)}});
}

constexpr int kUneven = 5;

int write_first_config(const DataConfig& config, const Dataset& data, const std::string& what) {
  require(static_cast<bool>(config.source), Failure::Usage, what,
          ": a config is written for files of your own; configs for known data sets are in configs/");
  std::printf("// A small self-compressing network to begin with, for %s.\n", what.c_str());
  for (const std::string& note : data.notes) std::printf("// %s\n", note.c_str());
  if (!data.spec.classes.empty()) {
    const auto [fewest, most] = std::ranges::minmax(class_counts(*data.train, data.spec.classes.size()));
    if (most > kUneven * fewest)
      std::printf("// classes are uneven, %lld to %lld examples; what to do about that: docs/tasks.md\n",
                  static_cast<long long>(most), static_cast<long long>(fewest));
  }
  std::printf("%s\n", dump(first_config(config, data)).c_str());
  return 0;
}

int run(const Options& options) {
  const Context context({.threads = options.threads});
  const Context::Scope scope(context);
  const DataConfig config = data_named(options);
  const Dataset data = load_data(config, options.data_directory);
  if (options.config) return write_first_config(config, data, options.what);
  const Survey found = survey(data);
  options.json ? void(std::printf("%s\n", dump(to_json(data, found)).c_str())) : say(data, found);
  if (!options.sheet.empty()) write_file_atomically(options.sheet, contact_sheet(data, found));
  const bool all_read =
      std::ranges::all_of(found.parts, [](const PartSurvey& part) { return part.unreadable.empty(); });
  return all_read ? 0 : static_cast<int>(Failure::Data);
}

}  // namespace

Command add_data(Program& program) {
  const auto options = std::make_shared<Options>();
  CommandLine line = program.command(
      "data", "What a data set holds: counts, shapes, duplicates, what cannot be read; and a first config",
      "  pare data my-pictures\n"
      "  pare data my-table.csv --config > my.json\n"
      "  pare data my-table.csv --set data.source.label=species --config > my.json\n"
      "  pare data my.json --sheet examples.html\n"
      "  pare data fashion-mnist\n\n"
      "The exit code is 3 when something cannot be read.");
  line.argument(
      "WHAT", options->what,
      "a folder of pictures or sounds, a table (CSV), an .npz of arrays, a config, or a known data set's "
      "name");
  line.flag("--config", options->config, "print a config to begin with, and nothing else");
  line.path("--sheet", options->sheet, "also write a page of examples of each class, such as examples.html");
  line.data_directory(options->data_directory);
  line.overrides(options->overrides, "change a value of the config, such as --set data.source.label=species");
  line.threads(options->threads, "all usable CPUs");
  line.flag("--json", options->json, "for scripts");
  return [options] { return run(*options); };
}

}  // namespace pare
