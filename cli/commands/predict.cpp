// pare predict MODEL FILE...
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "framework/data/split.h"
#include "framework/parallel/context.h"
#include "framework/parallel/threads.h"
#include "layers/network/executor.h"
#include "train/model_file.h"

namespace pare {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> files;
  int top = 3, threads = 0;
  bool json = false;
};

// Files that are one batch: the inputs of those that can be read, and what is wrong with the others.
struct Prepared : Source {
  InputShape shape;
  std::vector<std::byte> bytes;  // (N,H,W,C)
  std::vector<int> read_files;   // whose inputs are there, in order
  std::vector<std::string> faults;

  InputShape input() const override { return shape; }
  int count() const override { return static_cast<int>(read_files.size()); }
  const std::byte* read(int index, std::vector<std::byte>&) const override {
    return bytes.data() + static_cast<size_t>(index) * shape.bytes();
  }
  uint32_t fingerprint() const override { return crc32_of({}); }
};

Prepared prepare(std::span<const std::string> files, const Spec& spec) {
  Prepared all;
  all.shape = spec.input;
  all.faults.resize(files.size());
  const size_t each = spec.input.bytes();
  all.bytes.resize(files.size() * each);
  parallel_ranges(std::ssize(files), 1, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) try {
        prepare_file(*spec.preprocessing, files[i], spec.input, all.bytes.data() + i * each);
      } catch (const Error& error) {
        all.faults[i] = error.what();
      }
  });
  for (size_t i = 0; i < files.size(); ++i) {
    if (!all.faults[i].empty()) continue;
    std::copy_n(all.bytes.begin() + static_cast<ptrdiff_t>(i * each), each,
                all.bytes.begin() + static_cast<ptrdiff_t>(all.read_files.size() * each));
    all.read_files.push_back(static_cast<int>(i));
  }
  return all;
}

struct Answer {
  std::string name;  // of a class, or of a value
  double number;     // its probability, or the value
};

// The classes of the highest scores, by softmax; of equal ones, the first. Or all values.
std::vector<Answer> answers_of(const Spec& spec, std::span<const float> outputs, int top) {
  std::vector<Answer> answers;
  const std::vector<std::string>& names = spec.classes.empty() ? spec.values : spec.classes;
  for (size_t i = 0; i < names.size(); ++i) answers.push_back({names[i], outputs[i]});
  if (spec.classes.empty()) return answers;
  std::ranges::stable_sort(answers, std::greater{}, &Answer::number);
  const double highest = answers.front().number;
  double sum = 0;
  for (Answer& answer : answers) sum += answer.number = std::exp(answer.number - highest);
  for (Answer& answer : answers) answer.number /= sum;
  answers.resize(std::min(answers.size(), static_cast<size_t>(top)));
  return answers;
}

Json to_json(const std::string& file, const std::vector<Answer>& answers, bool classes) {
  Json list = Json::array();
  for (const Answer& answer : answers)
    list.push(classes ? Json::object({{"class", answer.name}, {"score", answer.number}})
                      : Json::object({{"name", answer.name}, {"value", answer.number}}));
  Json json = Json::object({{"file", file}});
  json.set(classes ? "classes" : "values", std::move(list));
  return json;
}

void print(const std::string& file, const std::vector<Answer>& answers, bool classes) {
  std::string line = file;
  const char* separator = ": ";
  for (const Answer& answer : answers) {
    char number[64];
    std::snprintf(number, sizeof number, classes ? "%.2f %%" : "%.6g",
                  classes ? 100 * answer.number : answer.number);
    line += std::exchange(separator, ", ") + answer.name + " " + number;
  }
  std::printf("%s\n", line.c_str());
}

int predict(const Options& options) {
  ModelFile model = open_model(options.model, "");
  const Spec& spec = model.spec;
  require(static_cast<bool>(spec.preprocessing), Failure::Usage, options.model, ": was trained on '",
          spec.data,
          "' and does not say how a file becomes its input; models of a source of kind 'pictures' or "
          "'sounds' do");
  const Context context({.threads = options.threads, .winograd = model.winograd});
  const Context::Scope scope(context);
  const Executor executor(*model.network, model.precision);
  constexpr size_t kBatch = 100;
  const bool classes = !spec.classes.empty();
  bool failed = false;
  Json all = Json::array();
  for (size_t first = 0; first < options.files.size(); first += kBatch) {
    const auto files =
        std::span(options.files).subspan(first, std::min(kBatch, options.files.size() - first));
    const Prepared inputs = prepare(files, spec);
    Tensor outputs;
    if (inputs.count() > 0)
      outputs = executor
                    .run(Batches::in_order(inputs, all_indices(inputs.count()), spec.normalisation,
                                           inputs.count(), model.precision)
                             .get(0)
                             .inputs)
                    .to(DType::F32);
    size_t row = 0;
    for (size_t i = 0; i < files.size(); ++i) {
      if (!inputs.faults[i].empty()) {
        failed = true;
        std::fprintf(stderr, "pare: %s\n", inputs.faults[i].c_str());
        all.push(Json::object({{"file", files[i]}, {"error", inputs.faults[i]}}));
        continue;
      }
      const auto each = static_cast<size_t>(spec.outputs());
      const std::vector<Answer> answers =
          answers_of(spec, std::span<const float>(outputs.floats()).subspan(row++ * each, each), options.top);
      if (options.json)
        all.push(to_json(files[i], answers, classes));
      else
        print(files[i], answers, classes);
    }
  }
  if (options.json) std::printf("%s\n", dump(all).c_str());
  return failed ? static_cast<int>(Failure::Data) : 0;
}

}  // namespace

Command add_predict(Program& program) {
  const auto options = std::make_shared<Options>();
  CommandLine line = program.command(
      "predict", "What a model says about files: pictures or sounds",
      "  pare predict runs/pictures/model.pare cat.jpg dog.png\n"
      "  pare predict runs/pictures/model.pare photos/*.jpg --json --top 5\n"
      "  pare predict runs/sound/model.pare word.wav\n\n"
      "A file that cannot be read is named on stderr, the others are done all the same, and the exit code is "
      "3.");
  line.model("MODEL", options->model,
             "model.pare or checkpoint.safetensors of a run on pictures or sounds, or its directory");
  line.arguments("FILE", options->files, "PNG and JPEG files, or WAV, FLAC and Ogg files");
  line.integer("--top", options->top, 1, 1 << 16, "how many classes, those of the highest scores (3)");
  line.threads(options->threads, "all usable CPUs");
  line.flag("--json", options->json, "for scripts");
  return [options] { return predict(*options); };
}

}  // namespace pare
