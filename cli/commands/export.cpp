// pare export FILE --format FORMAT -o OUT
#include <algorithm>
#include <memory>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "deploy/export.h"
#include "framework/files/file.h"
#include "train/metrics/progress.h"
#include "train/model_data.h"
#include "train/run/run_directory.h"

namespace pare {
namespace {

struct Options {
  std::string file, format = "onnx", out, data_directory;
};

void say_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) std::fprintf(stderr, "pare: %s\n", note.c_str());
}

void write_onnx(const ModelFile& model, const Options& options, OnnxWeights weights) {
  const Exported onnx = export_onnx(model.spec, *model.network, weights);
  say_notes(onnx.notes);
  write_file_atomically(options.out, onnx.bytes);
}

void write_onnx_int8(const ModelFile& model, const Options& options) {
  write_onnx(model, options, OnnxWeights::Int8);
}
void write_onnx_float(const ModelFile& model, const Options& options) {
  write_onnx(model, options, OnnxWeights::Float);
}

void write_torch(const ModelFile& model, const Options& options) {
  write_safetensors(options.out, export_safetensors(model.spec, *model.network));
}

// The test images the page offers, if the data set is there; none where inputs are no images of classes.
std::shared_ptr<const Source> samples_of(const ModelFile& model, const Options& options) {
  if (model.spec.input.element != Element::U8 || model.spec.classes.empty()) return nullptr;
  try {
    const Dataset data = data_of_model(options.file, model, "", options.data_directory).data;
    if (data.spec.input == model.spec.input) return data.test;
    say_notes({"the page gets no sample images: those of " + model.spec.data + " do not fit the network"});
  } catch (const Error& error) {
    say_notes({std::string("the page gets no sample images: ") + error.what()});
  }
  return nullptr;
}

void write_web(const ModelFile& model, const Options& options) {
  const std::vector<WebFile> files = export_web(model.spec, *model.network, samples_of(model, options).get(),
                                                model.bytes, model.original_channels);
  make_directory(options.out);
  for (const WebFile& file : files) write_file_atomically(options.out + "/" + file.name, file.content);
}

struct Format {
  const char* name;
  void (*write)(const ModelFile& model, const Options& options);
  const char* help;
};

constexpr Format kFormats[] = {
    {"onnx", write_onnx_int8, "ONNX with 8-bit weights, opset 13 (ONNX Runtime)"},
    {"onnx-f32", write_onnx_float, "ONNX with f32 weights (OpenCV, and readers without DequantizeLinear)"},
    {"safetensors", write_torch, "weights as PyTorch lays them out"},
    {"web", write_web, "a directory with a page that runs the network in the browser; open its index.html"},
};

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.push_back(format.name);
  return names;
}

std::string format_help() {
  std::string help;
  for (const Format& format : kFormats)
    help += text(help.empty() ? "" : "; ", format.name, ": ", format.help);
  return help;
}

int run_export(const Options& options) {
  const auto format = std::find_if(std::begin(kFormats), std::end(kFormats),
                                   [&](const Format& f) { return options.format == f.name; });
  require(format != std::end(kFormats), Failure::Usage, "unknown format '", options.format, "'; ",
          format_help());
  require_other_file(options.file, options.out);
  RunDirectory::require_none_of(options.out);
  format->write(open_model(options.file, options.data_directory), options);
  if (options.format == "web")
    std::printf("%s/index.html: open it in a browser\n", options.out.c_str());
  else
    std::printf("%s: %s bytes\n", options.out.c_str(),
                with_thousands(static_cast<int64_t>(file_size(options.out))).c_str());
  return 0;
}

}  // namespace

Command add_export(Program& program) {
  const auto options = std::make_shared<Options>();
  CommandLine line = program.command("export", "Writes a model for other programs: ONNX, PyTorch, a web page",
                                     "  pare export runs/quickstart/model.pare -o model.onnx\n"
                                     "  pare export runs/quickstart/model.pare --format web -o demo");
  line.model("FILE", options->file, "model.pare, checkpoint.safetensors, or the directory of a run");
  line.choice("--format", options->format, format_names(), format_help());
  line.required_path("-o,--out", options->out, "the file (web: the directory) to write");
  line.data_directory(options->data_directory);
  return [options] { return run_export(*options); };
}

}  // namespace pare
