// A config with every kind of field, for the tests of the config machinery.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "framework/config/config.h"

namespace example {

using namespace pare;

struct LayerConfig : Described {};
const Table<LayerConfig>& layer_table();

struct ConvConfig : LayerConfig {
  int channels = 0;
  int kernel = 3;
  void describe(Fields& fields) override {
    fields.integer("channels", channels, Range::at_least(1), "output channels", Need::Required);
    fields.integer("kernel", kernel, Range::between(1, 15), "side of the window");
  }
};

struct ReluConfig : LayerConfig {
  void describe(Fields&) override {}
};

struct ResidualConfig : LayerConfig {
  std::vector<Variant<LayerConfig>> body, shortcut;
  void describe(Fields& fields) override {
    fields.variants("body", body, layer_table(), "layers added to the shortcut", Need::Required);
    fields.variants("shortcut", shortcut, layer_table(), "layers of the shortcut");
  }
};

inline const Table<LayerConfig>& layer_table() {
  static const Table<LayerConfig> table{
      "layer",
      "layer",
      {RowOf<ConvConfig>{"conv2d", "convolution"}, RowOf<ReluConfig>{"relu", "rectifier"},
       RowOf<ResidualConfig>{"residual", "body + shortcut"}}};
  return table;
}

struct OptimizerConfig : Described {};

struct SgdConfig : OptimizerConfig {
  double lr = 0.1, momentum = 0.9;
  void describe(Fields& fields) override {
    fields.number("lr", lr, Range::above(0), "learning rate");
    fields.number("momentum", momentum, Range::at_least(0).below(1), "share of the last step kept");
  }
};

struct AdamConfig : OptimizerConfig {
  double lr = 1e-3;
  void describe(Fields& fields) override { fields.number("lr", lr, Range::above(0), "learning rate"); }
};

inline const Table<OptimizerConfig>& optimizer_table() {
  static const Table<OptimizerConfig> table{
      "optimizer",
      "name",
      {RowOf<SgdConfig>{"sgd", "gradient descent"}, RowOf<AdamConfig>{"adam", "adaptive moments"}}};
  return table;
}

struct MethodConfig : Described {};

struct SelfCompressConfig : MethodConfig {
  double gamma = 0.01;
  void describe(Fields& fields) override {
    fields.number("gamma", gamma, Range::at_least(0), "weight of the size");
  }
};

inline const Table<MethodConfig>& method_table() {
  static const Table<MethodConfig> table{
      "method", "method", {RowOf<SelfCompressConfig>{"self_compress", "learned bit depths"}}};
  return table;
}

enum class Precision { F32, BF16 };
inline constexpr Word<Precision> kPrecisions[] = {{"f32", Precision::F32}, {"bf16", Precision::BF16}};

struct DataConfig {
  std::string name;
  int batch = 64;
  std::vector<double> mean = {0.5};
  void describe(Fields& fields) {
    fields.text("name", name, "which data set", Need::Required);
    fields.integer("batch", batch, Range::at_least(1), "images a step");
    fields.numbers("mean", mean, Range::any(), "of each channel");
  }
};

struct TargetConfig {
  int64_t bytes = 8192;
  void describe(Fields& fields) { fields.integer("bytes", bytes, Range::above(0), "size to reach"); }
};

struct RunConfig {
  uint64_t seed = 1;
  bool augment = true;
  std::string dataset_order = "shuffled";
  Precision precision = Precision::F32;
  Length epochs{20, Length::Unit::Epochs};
  std::vector<Length> milestones = {{500, Length::Unit::Iterations}, {1.5, Length::Unit::Epochs}};
  std::vector<int> levels = {0, 1};
  std::vector<std::string> ignored;
  DataConfig data;
  std::optional<TargetConfig> target;
  Variant<OptimizerConfig> optimizer = choose(optimizer_table(), "adam");
  Variant<MethodConfig> compress;
  std::vector<Variant<LayerConfig>> network;

  void describe(Fields& fields) {
    fields.integer("seed", seed, Range::at_least(0), "of everything random");
    fields.flag("augment", augment, "shift and flip images");
    fields.choice("order", dataset_order, {"shuffled", "sorted"}, "order of the images");
    fields.choice("precision", precision, kPrecisions, "of activations");
    fields.length("epochs", epochs, Range::above(0), "how long to train");
    fields.lengths("milestones", milestones, Range::any(), "when the rate drops");
    fields.integers("levels", levels, Range::at_least(0), "pruning levels");
    fields.texts("ignored", ignored, "layers left alone");
    fields.section("data", data, "the images", Need::Required);
    fields.section("target", target, "a size to reach");
    fields.variant("optimizer", optimizer, optimizer_table(), "what moves the weights");
    fields.variant("compress", compress, method_table(), "what makes the network smaller");
    fields.variants("network", network, layer_table(), "the layers in order");
  }
};

// A config that says only what it must, and one that says a lot.
inline const char* const kShortest = R"({"data": {"name": "mnist"}})";
inline const char* const kLong = R"({
  "$schema": "pare.schema.json",
  "seed": 7, "augment": false, "order": "sorted", "precision": "bf16", "epochs": "500it",
  "milestones": [10, "20ep", "30it"], "levels": [3], "ignored": ["fc"],
  "data": {"name": "cifar-10", "batch": 128, "mean": [1, 2.5]}, "target": {},
  "optimizer": {"lr": 1, "name": "sgd"}, "compress": {"method": "self_compress", "gamma": 0.5},
  "network": [
    {"layer": "conv2d", "channels": 8},
    {"layer": "residual", "body": [{"layer": "residual", "body": []}, {"layer": "conv2d", "channels": 4, "kernel": 5}]},
    {"layer": "relu"}]})";

inline RunConfig read(const std::string& words) {
  return read_config<RunConfig>(parse_json(words, "run.json"), "run.json");
}

}  // namespace example
