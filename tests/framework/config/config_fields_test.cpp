#include "framework/config/fields/fields.h"

#include <doctest/doctest.h>

#include "framework/config/suggest.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/example_config.h"

using namespace pare;
using namespace example;

namespace {

// kShortest with one more member; the message that reading it gives.
std::string complaint(const std::string& member) {
  try {
    read(R"({"data": {"name": "mnist"}, )" + member + "}");
  } catch (const Error& error) {
    CHECK(error.failure() == Failure::Usage);
    return error.what();
  }
  return "no complaint";
}

}  // namespace

TEST_CASE("config: what is left out keeps its default") {
  const RunConfig config = read(kShortest);
  CHECK(config.data.name == "mnist");
  CHECK(config.data.batch == 64);
  CHECK(config.epochs == Length{20, Length::Unit::Epochs});
  CHECK(config.optimizer.kind == "adam");
  CHECK_FALSE(config.compress);
  CHECK_FALSE(config.target);
  CHECK(config.network.empty());
}

TEST_CASE("config: every kind of field is read") {
  const RunConfig config = read(kLong);
  CHECK(config.seed == 7);
  CHECK_FALSE(config.augment);
  CHECK(config.dataset_order == "sorted");
  CHECK(config.precision == Precision::BF16);
  CHECK(config.epochs == Length{500, Length::Unit::Iterations});
  CHECK(config.milestones == std::vector<Length>{{10, Length::Unit::Epochs},
                                                 {20, Length::Unit::Epochs},
                                                 {30, Length::Unit::Iterations}});
  CHECK(config.levels == std::vector<int>{3});
  CHECK(config.ignored == std::vector<std::string>{"fc"});
  CHECK(config.data.mean == std::vector<double>{1, 2.5});
  REQUIRE(config.target);
  CHECK(config.target->bytes == 8192);
  CHECK(config.optimizer.kind == "sgd");
  CHECK(dynamic_cast<const SgdConfig&>(*config.optimizer).lr == 1);
  CHECK(dynamic_cast<const SelfCompressConfig&>(*config.compress).gamma == 0.5);
  REQUIRE(config.network.size() == 3);
  CHECK(dynamic_cast<const ConvConfig&>(*config.network[0]).channels == 8);
  const auto& residual = dynamic_cast<const ResidualConfig&>(*config.network[1]);
  REQUIRE(residual.body.size() == 2);
  CHECK(residual.body[0].kind == "residual");
  CHECK(dynamic_cast<const ConvConfig&>(*residual.body[1]).kernel == 5);
  CHECK(residual.shortcut.empty());
}

TEST_CASE("config: the resolved config holds every default and reads back the same") {
  RunConfig config = read(kShortest);
  const Json resolved = write_config(config);
  CHECK(dump(resolved) == R"({
  "seed": 1,
  "augment": true,
  "order": "shuffled",
  "precision": "f32",
  "epochs": 20,
  "milestones": ["500it", 1.5],
  "levels": [0, 1],
  "ignored": [],
  "data": {
    "name": "mnist",
    "batch": 64,
    "mean": [0.5]
  },
  "target": null,
  "optimizer": {"name": "adam", "lr": 0.001},
  "compress": null,
  "network": []
})");
  CHECK(write_config(config) == resolved);  // writing changes nothing
  RunConfig again = read(dump(resolved));
  CHECK(dump(write_config(again)) == dump(resolved));

  RunConfig long_config = read(kLong);
  const Json long_resolved = write_config(long_config);
  CHECK(dump_line(long_resolved.find("network")->items()[1]) ==
        R"({"layer":"residual","body":[{"layer":"residual","body":[],"shortcut":[]},)"
        R"({"layer":"conv2d","channels":4,"kernel":5}],"shortcut":[]})");
  RunConfig long_again = read(dump_line(long_resolved));
  CHECK(write_config(long_again) == long_resolved);
}

TEST_CASE("config: unknown keys are errors with a path and a suggestion") {
  CHECK(complaint(R"("sed": 3)")
            .starts_with("run.json: unknown key 'sed', did you mean 'seed'? known keys: $schema, seed, "
                         "augment, order,"));
  CHECK(
      complaint(R"("optimizer": {"name": "sgd", "lrr": 1})") ==
      R"(run.json: unknown key 'optimizer.lrr', did you mean 'lr'? known keys with name "sgd": name, lr, momentum)");
  CHECK(
      complaint(R"("optimizer": {"name": "adam", "momentum": 1})") ==
      R"(run.json: unknown key 'optimizer.momentum', known keys with name "adam": name, lr; to begin the section anew: --set 'optimizer={"name": "adam"}')");
  CHECK(
      complaint(
          R"("network": [{"layer": "relu"}, {"layer": "residual", "body": [{"layer": "conv2d", "chanels": 8}]}])") ==
      "run.json: unknown key 'network[1].body[0].chanels', did you mean 'channels'? known keys with layer "
      "\"conv2d\": layer, channels, kernel");
  CHECK(complaint(R"("optimizer": {"name": "sgd", "$schema": "x"})").starts_with("run.json: unknown key"));
}

TEST_CASE("config: wrong types and values out of range say what was expected and found") {
  const std::pair<const char*, const char*> cases[] = {
      {R"("seed": "x")", R"(seed: expected an integer in [0, inf), got string "x")"},
      {R"("seed": 1.5)", "seed: expected an integer in [0, inf), got number 1.5"},
      {R"("seed": -1)", "seed: expected an integer in [0, inf), got number -1"},
      {R"("seed": 18446744073709551615)", "seed: number 18446744073709551616.0 is too large for this field"},
      {R"("levels": [1, 3000000000])", "levels[1]: number 3000000000 is too large for this field"},
      {R"("levels": 1)", "levels: expected a list, each item an integer in [0, inf), got number 1"},
      {R"("augment": 1)", "augment: expected true or false, got number 1"},
      {R"("precision": 32)", "precision: expected one of: f32, bf16, got number 32"},
      {R"("precision": "fp32")",
       R"(precision: unknown value 'fp32', did you mean 'f32'? known values: f32, bf16)"},
      {R"("order": "up")", R"(order: unknown value 'up', known values: shuffled, sorted)"},
      {R"("ignored": [1])", "ignored[0]: expected a string, got number 1"},
      {R"("epochs": 0)",
       R"(epochs: expected a length in (0, inf) such as 20 or "20ep" (epochs) or "500it" (iterations), got number 0)"},
      {R"("optimizer": {"name": "sgd", "momentum": 1.0})",
       "optimizer.momentum: expected a number in [0, 1), got number 1.0"},
      {R"("optimizer": {"name": "sgd", "lr": null})",
       "optimizer.lr: expected a number in (0, inf), got null"},
      {R"("optimizer": "sgd")",
       R"(optimizer: expected an object with the key 'name', got string "sgd"; write {"name": "sgd"}, or on the command line --set SECTION.name=sgd)"},
      {R"("optimizer": null)", "optimizer: expected an object with the key 'name', got null"},
      {R"("optimizer": {"name": 3})", "optimizer.name: expected one of: sgd, adam, got number 3"},
      {R"("optimizer": {"name": "adan"})",
       R"(optimizer.name: unknown optimizer 'adan', did you mean 'adam'? known optimizers: sgd, adam)"},
      {R"("compress": 1)", "compress: expected null or an object with the key 'method', got number 1"},
      {R"("network": [{"layer": "conv"}])",
       R"(network[0].layer: unknown layer 'conv', did you mean 'conv2d'? known layers: conv2d, relu, residual)"},
      {R"("network": [{"layer": "conv2d", "channels": 0}])",
       "network[0].channels: expected an integer in [1, inf), got number 0"},
      {R"("network": [[]])", "network[0]: expected an object with the key 'layer', got an array of 0"},
      {R"("target": [])", "target: expected an object, got an array of 0"}};
  for (const auto& [member, message] : cases) CHECK(complaint(member) == std::string("run.json: ") + message);
  CHECK(complaint(R"("seed": 3.0)") == "no complaint");
}

TEST_CASE("config: a missing key is an error where there is no default, but a typo is named first") {
  CHECK_THROWS_WITH(read("{}"), "run.json: missing required key 'data', expected an object");
  CHECK_THROWS_WITH(read(R"({"data": {}})"), "run.json: missing required key 'data.name', expected a string");
  CHECK_THROWS_WITH(read(R"({"data": {"nme": "x"}})"),
                    "run.json: unknown key 'data.nme', did you mean 'name'? known keys: name, batch, mean");
  CHECK_THROWS_WITH(read("[]"), "run.json: expected an object, got an array of 0");
  CHECK(complaint(R"("optimizer": {"lr": 1})") ==
        "run.json: missing required key 'optimizer.name', one of: sgd, adam");
  CHECK(complaint(R"("network": [{"layer": "conv2d"}])") ==
        "run.json: missing required key 'network[0].channels', expected an integer in [1, inf)");
}

TEST_CASE("config: a file that is not the user's config can blame the data") {
  try {
    read_config<TargetConfig>(parse_json(R"({"bytes": 0})", "model.pare"), "model.pare", Failure::Data);
    FAIL("read");
  } catch (const Error& error) {
    CHECK(error.failure() == Failure::Data);
  }
}

TEST_CASE("config: a chosen object starts from its own defaults and unknown defaults are caught") {
  CHECK(dynamic_cast<SgdConfig&>(*choose(optimizer_table(), "sgd")).lr == 0.1);
  CHECK_THROWS_WITH(choose(optimizer_table(), "lion"), "there is no optimizer 'lion'");
}

TEST_CASE("config: a copy of a config is independent of it, objects chosen from tables included") {
  RunConfig config = read(kLong);
  const Json before = write_config(config);
  RunConfig copy = config;
  CHECK(write_config(copy) == before);
  dynamic_cast<SgdConfig&>(*copy.optimizer).lr = 7;
  auto& residual = dynamic_cast<ResidualConfig&>(*copy.network[1]);
  dynamic_cast<ConvConfig&>(*residual.body[1]).kernel = 1;
  residual.body.pop_back();
  copy.compress = {};
  CHECK(write_config(config) == before);
  CHECK_FALSE(write_config(copy) == before);
  config = copy;
  CHECK(write_config(config) == write_config(copy));
  config = RunConfig();
  CHECK(config.network.empty());
}

TEST_CASE("config: lengths count epochs or iterations") {
  CHECK(length_from("160ep") == Length{160, Length::Unit::Epochs});
  CHECK(length_from("0.5ep") == Length{0.5, Length::Unit::Epochs});
  CHECK(length_from(2.5) == Length{2.5, Length::Unit::Epochs});
  CHECK(length_from("500it") == Length{500, Length::Unit::Iterations});
  for (const char* words :
       {"", "ep", "it", "10", "1.5it", "-1ep", "1e3ep", ".5ep", "5.ep", "1..2ep", "infep", "1 ep"})
    CHECK_FALSE(length_from(words));
  CHECK_FALSE(length_from(-1));
  CHECK_FALSE(length_from(1e13));
  CHECK(length_from(1e12)->iterations(1'000'000) == 1'000'000'000'000'000'000);
  CHECK_FALSE(length_from(std::string(300, '9') + "it"));
  CHECK_FALSE(length_from(true));
  CHECK(Length{0.5, Length::Unit::Epochs}.iterations(469) == 235);
  CHECK(Length{500, Length::Unit::Iterations}.iterations(469) == 500);
}

TEST_CASE("config: the edit distance counts edits and swaps, not case") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("chanels", "channels") == 1);
  CHECK(edit_distance("lera", "lear") == 1);
  CHECK(edit_distance("Adam", "adam") == 0);
}

TEST_CASE("config: words of other frameworks are understood where there is such a thing") {
  const std::vector<std::string> layers{"conv2d", "linear", "max_pool"};
  CHECK(contains(did_you_mean("Dense", layers, "layers"), ", did you mean 'linear'? known layers: conv2d"));
  CHECK(contains(did_you_mean("depthwise_conv2d", layers, "layers"),
                 "did you mean 'conv2d' with \"groups\": 0?"));
  CHECK(contains(did_you_mean("MaxPool2d", layers, "layers"), "did you mean 'max_pool'?"));
  CHECK(contains(did_you_mean("batch-size", {"batch", "shift"}, "keys"), "did you mean 'batch'?"));
  CHECK_FALSE(contains(did_you_mean("dense", {"adam", "sgd"}, "optimizers"), "did you mean"));
}
