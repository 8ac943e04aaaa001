// pare predict MODEL FILE...
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "framework/files/file.h"
#include "framework/parallel/context.h"
#include "train/prediction.h"

namespace pare {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> files;
  int top = 3, threads = 0;
  bool json = false, csv = false;
};

struct Answer {
  std::string name;  // of a class, of a label, or of a value
  double number;     // its probability, or the value
};

// What is said of outputs, by their kind, and how it is called in JSON.
struct Kind {
  const char *list, *name, *number;
  bool probabilities;
};
constexpr Kind kClasses{"classes", "class", "score", true}, kLabels{"labels", "label", "score", true},
    kValues{"values", "name", "value", false};

const Kind& kind_of(const Spec& spec) {
  if (spec.gives == Outputs::Labels) return kLabels;
  return spec.tells_classes() ? kClasses : kValues;
}

std::vector<std::string> names_of(const Spec& spec) {
  if (spec.gives == Outputs::Inputs) return {"error"};
  return spec.classes.empty() ? spec.values : spec.classes;
}

// All classes by probability (softmax of the scores), in the order of the spec; or all labels by theirs; or
// all values.
std::vector<Answer> answers_of(const Spec& spec, std::span<const float> outputs) {
  std::vector<Answer> answers;
  for (std::string& name : names_of(spec)) answers.push_back({std::move(name), outputs[answers.size()]});
  if (spec.gives == Outputs::Labels)
    for (Answer& answer : answers) answer.number = 1 / (1 + std::exp(-answer.number));
  if (!spec.tells_classes()) return answers;
  const double highest = std::ranges::max_element(answers, {}, &Answer::number)->number;
  double sum = 0;
  for (Answer& answer : answers) sum += answer.number = std::exp(answer.number - highest);
  for (Answer& answer : answers) answer.number /= sum;
  return answers;
}

// The classes of the highest scores; of equal ones, the first. Of labels and values all.
std::vector<Answer> best_of(const Spec& spec, std::vector<Answer> answers, int top) {
  if (!spec.tells_classes()) return answers;
  std::ranges::stable_sort(answers, std::greater{}, &Answer::number);
  answers.resize(std::min(answers.size(), static_cast<size_t>(top)));
  return answers;
}

std::string number_text(double number, const char* format) {
  char digits[64];
  std::snprintf(digits, sizeof digits, format, number);
  return digits;
}

// Says what was predicted, in one of three forms.
class Printer {
 public:
  Printer(const Options& options, const Spec& spec) : options_(options), spec_(spec), kind_(kind_of(spec)) {
    if (!options.csv) return;
    std::string line = spec_.tells_classes() ? "input,class" : "input";
    for (const std::string& name : names_of(spec)) line += "," + csv_field(name);
    std::printf("%s\n", line.c_str());
  }

  void say(const Prediction& prediction) {
    const std::vector<Answer> all = answers_of(spec_, prediction.outputs);
    if (options_.csv) return say_row(prediction.name, all);
    const std::vector<Answer> best = best_of(spec_, all, options_.top);
    options_.json ? all_.push(to_json(prediction.name, best)) : say_line(prediction.name, best);
  }
  void say_fault(const std::string& file, const std::string& fault) {
    std::fprintf(stderr, "pare: %s\n", fault.c_str());
    all_.push(Json::object({{"file", file}, {"error", fault}}));
  }
  void finish() const {
    if (options_.json) std::printf("%s\n", dump(all_).c_str());
  }

 private:
  static std::string csv_field(const std::string& field) {
    if (field.find_first_of(",\"\n\r") == std::string::npos) return field;
    std::string quoted = "\"";
    for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
    return quoted + "\"";
  }

  Json to_json(const std::string& name, const std::vector<Answer>& answers) const {
    Json list = Json::array();
    for (const Answer& answer : answers)
      list.push(Json::object({{kind_.name, answer.name}, {kind_.number, answer.number}}));
    Json json = Json::object({{"file", name}});
    json.set(kind_.list, std::move(list));
    return json;
  }

  void say_line(const std::string& name, const std::vector<Answer>& answers) const {
    std::string line = name;
    const char* separator = ": ";
    for (const Answer& answer : answers)
      line += std::exchange(separator, ", ") + answer.name + " " +
              (kind_.probabilities ? number_text(100 * answer.number, "%.2f %%")
                                   : number_text(answer.number, "%.6g"));
    std::printf("%s\n", line.c_str());
  }

  void say_row(const std::string& name, const std::vector<Answer>& answers) const {
    std::string line = csv_field(name);
    if (spec_.tells_classes())
      line += "," + csv_field(std::ranges::max_element(answers, {}, &Answer::number)->name);
    for (const Answer& answer : answers) line += "," + number_text(answer.number, "%.7g");
    std::printf("%s\n", line.c_str());
  }

  const Options& options_;
  const Spec& spec_;
  const Kind& kind_;
  Json all_ = Json::array();
};

// The file, or what stdin gives for "-".
InputFile read_input(const std::string& path) {
  if (path != "-") return {path, read_file(path, kLargestInputFile)};
  const std::vector<char> bytes{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  return {"stdin", {bytes.begin(), bytes.end()}};
}

int predict(const Options& options) {
  require(!options.json || !options.csv, Failure::Usage, "both --json and --csv; leave one of them out");
  const ModelFile model = open_model(options.model, "");
  const Context context({.threads = options.threads, .winograd = model.winograd});
  const Context::Scope scope(context);
  const Predictor predictor(model);
  Printer printer(options, model.spec);
  bool failed = false;
  const auto say_fault = [&](const std::string& file, const std::string& fault) {
    failed = true;
    printer.say_fault(file, fault);
  };
  constexpr size_t kAtOnce = 100;  // files
  for (size_t first = 0; first < options.files.size(); first += kAtOnce) {
    std::vector<InputFile> files;
    for (size_t i = first; i < std::min(first + kAtOnce, options.files.size()); ++i) try {
        files.push_back(read_input(options.files[i]));
      } catch (const Error& error) {
        say_fault(options.files[i], error.what());
      }
    const std::vector<FilePredictions> results = predictor.predict(files);
    for (size_t i = 0; i < files.size(); ++i) {
      for (const std::string& fault : results[i].faults) say_fault(files[i].name, fault);
      for (const Prediction& prediction : results[i].predictions) printer.say(prediction);
    }
  }
  printer.finish();
  return failed ? static_cast<int>(Failure::Data) : 0;
}

}  // namespace

Command add_predict(Program& program) {
  const auto options = std::make_shared<Options>();
  CommandLine line = program.command(
      "predict", "What a model says about files: pictures, sounds, texts, rows of a table, arrays",
      "  pare predict runs/pictures/model.pare cat.jpg dog.png\n"
      "  pare predict runs/pictures photos/*.jpg --json --top 5\n"
      "  pare predict runs/sound word.wav\n"
      "  pare predict runs/table new-rows.csv --csv > answers.csv\n\n"
      "A file, or a row of a table, that cannot be read is named on stderr, the others are done all the "
      "same, and the exit code is 3.");
  line.model("MODEL", options->model, "model.pare or checkpoint.safetensors, or the directory of a run");
  line.arguments(
      "FILE", options->files,
      "files of the kind it was trained on; of a known data set .npy arrays of inputs, or pictures "
      "of just the size of its; -: stdin");
  line.integer("--top", options->top, 1, 1 << 16, "how many classes, those of the highest scores (3)");
  line.threads(options->threads, "all usable CPUs");
  line.flag("--json", options->json, "for scripts");
  line.flag("--csv", options->csv,
            "a row an input: the class, and the score of every class; or every label's; or every value");
  return [options] { return predict(*options); };
}

}  // namespace pare
