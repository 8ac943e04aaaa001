// pare inspect FILE
#include <algorithm>
#include <bit>
#include <memory>
#include <optional>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/table.h"
#include "deploy/description.h"
#include "train/metrics/progress.h"
#include "train/model_file.h"

namespace pare {
namespace {

// A layer, or what all layers come to.
struct Row {
  std::string name, shape;
  int64_t channels_before = 0, channels = 0, weights = 0, nonzero = 0, biases = 0, multiply_adds = 0;
  std::optional<int64_t> bytes;  // of its weights in a packed file
  int bits_min = 32, bits_max = 0;
  double bits_mean = 0;  // over channels
};

// The bits that a channel's levels need as integers with a sign, of which -128 is one of 8 bits; 32 for plain
// weights.
std::vector<int> bits_of(const WeightCode& code) {
  std::vector<int> bits(code.shape[0], 32);
  if (code.levels.empty()) return bits;
  for (int64_t o = 0; o < code.shape[0]; ++o) {
    uint32_t largest = 0;
    for (int64_t i = o * code.shape.row(); i < (o + 1) * code.shape.row(); ++i)
      largest =
          std::max(largest, static_cast<uint32_t>(code.levels[i] < 0 ? ~code.levels[i] : code.levels[i]));
    const auto row = std::span(code.levels).subspan(o * code.shape.row(), code.shape.row());
    const bool dead = std::ranges::all_of(row, [](int32_t level) { return level == 0; });
    bits[o] = dead ? 0 : std::bit_width(largest) + 1;
  }
  return bits;
}

std::vector<Row> rows_of(const ModelFile& model) {
  std::vector<Row> rows;
  for (const Network::Node& node : model.network->nodes()) {
    const Weight* const weight = node.layer->weight();
    if (weight == nullptr) continue;
    const WeightCode code = weight->code();
    const std::vector<int> bits = bits_of(code);
    Row row;
    row.name = node.name;
    row.shape = text(weight->shape());
    row.channels_before = model.original_channels[rows.size()];
    row.channels = weight->shape()[0];
    row.weights = code.shape.count();
    row.nonzero = row.weights - std::count(code.levels.begin(), code.levels.end(), 0) -
                  std::count(code.values.begin(), code.values.end(), 0.0f);
    if (node.layer->bias() != nullptr) row.biases = row.channels;
    row.multiply_adds = node.layer->multiply_adds();
    row.bits_min = *std::min_element(bits.begin(), bits.end());
    row.bits_max = *std::max_element(bits.begin(), bits.end());
    for (const int b : bits) row.bits_mean += b / static_cast<double>(bits.size());
    if (!model.weight_bytes.empty()) row.bytes = model.weight_bytes[rows.size()];
    rows.push_back(row);
  }
  return rows;
}

Row total_of(const std::vector<Row>& rows) {
  Row total;
  total.name = "total";
  for (const Row& row : rows) {
    total.channels_before += row.channels_before;
    total.channels += row.channels;
    total.weights += row.weights;
    total.nonzero += row.nonzero;
    total.biases += row.biases;
    total.multiply_adds += row.multiply_adds;
    if (row.bytes) total.bytes = total.bytes.value_or(0) + *row.bytes;
    total.bits_min = std::min(total.bits_min, row.bits_min);
    total.bits_max = std::max(total.bits_max, row.bits_max);
    total.bits_mean += row.bits_mean * static_cast<double>(row.channels);
  }
  if (total.channels > 0) total.bits_mean /= static_cast<double>(total.channels);
  return total;
}

// What a network holds besides weights: biases and what is left of batch norm.
struct Others {
  int64_t numbers = 0, nonzero = 0;
};
Others others_of(Network& network) {
  Others others;
  network.visit([&](const Parameter& p) {
    if (!p.is(ParameterTag::Bias) && !p.is(ParameterTag::Normalisation) && !p.is(ParameterTag::Statistic))
      return;
    others.numbers += p.value.size();
    others.nonzero += p.value.size() - std::ranges::count(p.value.floats(), 0.0f);
  });
  return others;
}

Json to_json(const Row& row) {
  return Json::object({{"name", row.name},
                       {"shape", row.shape},
                       {"channels_before", row.channels_before},
                       {"channels", row.channels},
                       {"bits_min", row.bits_min},
                       {"bits_mean", row.bits_mean},
                       {"bits_max", row.bits_max},
                       {"weights", row.weights},
                       {"nonzero", row.nonzero},
                       {"biases", row.biases},
                       {"bytes", row.bytes ? Json(*row.bytes) : Json()},
                       {"multiply_adds", row.multiply_adds}});
}

Json to_json(const std::string& file, const ModelFile& model, const std::vector<Row>& rows) {
  Json layers = Json::array();
  for (const Row& row : rows) layers.push(to_json(row));
  const Row total = total_of(rows);
  return Json::object({{"file", file},
                       {"model_bytes", model.bytes},
                       {"data", model.spec.data},
                       {"classes", json_list(model.spec.classes)},
                       {"weights", total.weights},
                       {"other_numbers", others_of(*model.network).numbers},
                       {"multiply_adds", total.multiply_adds},
                       {"layers", std::move(layers)},
                       {"total", to_json(total)}});
}

std::vector<std::string> cells(const Row& row) {
  char bits[48];
  std::snprintf(bits, sizeof bits, "%d / %.2f / %d", row.bits_min, row.bits_mean, row.bits_max);
  return {row.name,
          row.shape,
          text(row.channels_before, " -> ", row.channels),
          bits,
          with_thousands(row.weights),
          with_thousands(row.nonzero),
          row.bytes ? with_thousands(*row.bytes) : "-",
          with_thousands(row.multiply_adds)};
}

void print_rows(const std::string& file, const ModelFile& model, const std::vector<Row>& rows) {
  std::printf("%s: %s bytes, trained on %s\n\n", file.c_str(), with_thousands(model.bytes).c_str(),
              model.spec.data.c_str());
  std::vector<std::vector<std::string>> lines{
      {"layer", "shape (O,H,W,I)", "channels", "bits min/mean/max", "weights", "nonzero", "bytes", "MACs"}};
  for (const Row& row : rows) lines.push_back(cells(row));
  Row all = total_of(rows);
  if (all.bytes) {
    const Others others = others_of(*model.network);
    lines.push_back({"biases, norms, header", "", "", "", with_thousands(others.numbers),
                     with_thousands(others.nonzero), with_thousands(model.bytes - *all.bytes), ""});
    all.name = "file";
    all.weights += others.numbers;
    all.nonzero += others.nonzero;
    all.bytes = model.bytes;
  }
  lines.push_back(cells(all));
  print_table(lines, 2);
}

}  // namespace

Command add_inspect(Program& program) {
  struct Options {
    std::string file, data_directory;
    bool json = false;
  };
  const auto options = std::make_shared<Options>();
  CommandLine line = program.command("inspect", "What is left of a network, layer by layer",
                                     "  pare inspect runs/quickstart/model.pare\n"
                                     "  pare inspect runs/quickstart/model.pare --json");
  line.model("FILE", options->file, "model.pare, checkpoint.safetensors, or the directory of a run");
  line.data_directory(options->data_directory);
  line.flag("--json", options->json, "for scripts");
  return [options] {
    const ModelFile model = open_model(options->file, options->data_directory);
    const std::vector<Row> rows = rows_of(model);
    if (options->json)
      std::printf("%s\n", dump(to_json(options->file, model, rows)).c_str());
    else
      print_rows(options->file, model, rows);
    return 0;
  };
}

}  // namespace pare
