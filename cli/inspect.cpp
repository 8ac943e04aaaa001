// pare inspect FILE
#include <CLI/CLI.hpp>
#include <bit>
#include <memory>

#include "cli/commands.h"
#include "cli/model_file.h"
#include "cli/progress.h"

namespace pare {
namespace {

struct Row {
  std::string name, shape;
  int64_t channels_before = 0, channels = 0, weights = 0, biases = 0, multiply_adds = 0;
  int bits_min = 0, bits_max = 0;
  double bits_mean = 0;
};

// The bits that a channel's largest level needs, sign included; 32 for plain weights.
std::vector<int> bits_of(const WeightCode& code) {
  std::vector<int> bits(code.shape[0], 32);
  if (code.levels.empty()) return bits;
  for (int64_t o = 0; o < code.shape[0]; ++o) {
    uint32_t largest = 0;
    for (int64_t i = o * code.shape.row(); i < (o + 1) * code.shape.row(); ++i)
      largest = std::max(largest, static_cast<uint32_t>(std::abs(code.levels[i])));
    bits[o] = largest == 0 ? 0 : std::bit_width(largest) + 1;
  }
  return bits;
}

std::vector<Row> rows_of(const ModelFile& model) {
  std::vector<Row> rows;
  for (const Network::Node& node : model.network->nodes()) {
    const Weight* const weight = node.layer->weight();
    if (weight == nullptr) continue;
    const std::vector<int> bits = bits_of(weight->code());
    Row row;
    row.name = node.name;
    row.shape = text(weight->shape());
    row.channels_before = model.original_channels[rows.size()];
    row.channels = weight->shape()[0];
    row.weights = weight->shape().count();
    row.biases = node.layer->bias() == nullptr ? 0 : row.channels;
    row.multiply_adds = node.layer->multiply_adds();
    row.bits_min = *std::min_element(bits.begin(), bits.end());
    row.bits_max = *std::max_element(bits.begin(), bits.end());
    for (const int b : bits) row.bits_mean += b / static_cast<double>(bits.size());
    rows.push_back(row);
  }
  return rows;
}

Json to_json(const std::string& file, const ModelFile& model, const std::vector<Row>& rows) {
  Json layers = Json::array();
  int64_t weights = 0, multiply_adds = 0;
  for (const Row& row : rows) {
    layers.push(Json::object({{"name", row.name},
                              {"shape", row.shape},
                              {"channels_before", row.channels_before},
                              {"channels", row.channels},
                              {"bits_min", row.bits_min},
                              {"bits_mean", row.bits_mean},
                              {"bits_max", row.bits_max},
                              {"weights", row.weights},
                              {"biases", row.biases},
                              {"multiply_adds", row.multiply_adds}}));
    weights += row.weights;
    multiply_adds += row.multiply_adds;
  }
  Json classes = Json::array();
  for (const std::string& name : model.info.classes) classes.push(name);
  return Json::object({{"file", file},
                       {"model_bytes", model.bytes},
                       {"data", model.info.data},
                       {"classes", std::move(classes)},
                       {"weights", weights},
                       {"multiply_adds", multiply_adds},
                       {"layers", std::move(layers)}});
}

void print_table(const std::string& file, const ModelFile& model, const std::vector<Row>& rows) {
  std::printf("%s: %s bytes, trained on %s\n\n", file.c_str(), with_thousands(model.bytes).c_str(),
              model.info.data.c_str());
  std::printf("%-16s %-18s %14s %16s %12s %16s\n", "layer", "weights (O,H,W,I)", "channels",
              "bits min/mean/max", "weights", "multiply-adds");
  int64_t weights = 0, multiply_adds = 0;
  for (const Row& row : rows) {
    char bits[32];
    std::snprintf(bits, sizeof bits, "%d / %.2f / %d", row.bits_min, row.bits_mean, row.bits_max);
    std::printf("%-16s %-18s %14s %16s %12s %16s\n", row.name.c_str(), row.shape.c_str(),
                text(row.channels_before, " -> ", row.channels).c_str(), bits,
                with_thousands(row.weights).c_str(), with_thousands(row.multiply_adds).c_str());
    weights += row.weights;
    multiply_adds += row.multiply_adds;
  }
  std::printf("%-16s %-18s %14s %16s %12s %16s\n", "total", "", "", "", with_thousands(weights).c_str(),
              with_thousands(multiply_adds).c_str());
}

}  // namespace

Command add_inspect(CLI::App& app) {
  struct Options {
    std::string file, data_directory;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* const sub = app.add_subcommand("inspect", "What is left of a network, layer by layer");
  sub->add_option("FILE", options->file, "model.pare or checkpoint.safetensors")->required();
  sub->add_option("--data-dir", options->data_directory, "where the data sets are (for checkpoints)");
  sub->add_flag("--json", options->json, "for scripts");
  return [options] {
    const ModelFile model = open_model(options->file, options->data_directory);
    const std::vector<Row> rows = rows_of(model);
    if (options->json)
      std::printf("%s\n", dump(to_json(options->file, model, rows)).c_str());
    else
      print_table(options->file, model, rows);
    return 0;
  };
}

}  // namespace pare
