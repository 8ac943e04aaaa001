// Runs that go on: longer than they were meant, on other machines, from another run's network.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "compress/method.h"
#include "compress/packed/packed_model.h"
#include "compress/removal.h"
#include "compress/round_scales.h"
#include "framework/files/bytes.h"
#include "framework/files/file.h"
#include "tests/support/network_fixtures.h"
#include "tests/support/training_runs.h"
#include "train/run/checkpoint.h"
#include "train/run/first_values.h"

using namespace pare;

namespace {

using Arguments = TrainingRuns::Arguments;

struct Runs : TrainingRuns {
  Runs() { usual = {"--set", R"(schedule={"name":"constant"})"}; }

  void fails(const std::string& out, const Arguments& more, int exit_code, const Arguments& says) const {
    const Result result = train(out, more);
    CHECK_MESSAGE(result.exit_code == exit_code, result.err);
    for (const std::string& part : says)
      CHECK_MESSAGE(contains(result.err, part), result.err, " lacks ", part);
  }
};

}  // namespace

TEST_CASE("continue: a finished run that lost channels goes on when more epochs are asked for") {
  const Runs place;
  // Without validation images, by which the grid of the file is chosen late in a run: 5 epochs end earlier
  // than 9.
  place.train_well("run", {"--set", "epochs=5", "--set", "data.validation=0", "--threads", "1"});
  const std::string channels = place.json("run/summary.json").find("channels")->string();
  REQUIRE(channels != "6-8-24-10");
  const std::string model = contents(place.path("run/model.pare"));
  place.train_well("run", {"--set", "epochs=9", "--set", "data.validation=0", "--threads", "1", "--resume"});
  CHECK(place.json("run/summary.json").find("epochs")->number() == 9);
  CHECK(place.json("run/config.json").find("epochs")->integer() == 9);
  CHECK(contents(place.path("run/model.pare")) != model);
  const std::string lines = contents(place.path("run/metrics.jsonl"));
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 9);
  // As if it had been meant to be that long.
  place.train_well("whole", {"--set", "epochs=9", "--set", "data.validation=0", "--threads", "1"});
  CHECK(contents(place.path("run/model.pare")) == contents(place.path("whole/model.pare")));

  CHECK(contains(place.train("run", {"--set", "epochs=9", "--set", "data.validation=0", "--resume"}).out,
                 "already finished"));
  place.fails("run", {"--set", "epochs=3", "--set", "data.validation=0", "--resume"}, 2,
              {"is at step 144", "epochs asks for 48"});
  place.fails("run", {"--set", "epochs=12", "--set", "data.validation=0", "--set", "seed=4", "--resume"}, 2,
              {"another config", "seed: 4 instead of 3", "only epochs and threads may differ"});
  CHECK(place.json("run/summary.json").find("epochs")->number() == 9);  // still finished
}

TEST_CASE("continue: a run resumes with another number of threads, and on no other images") {
  const Runs place;
  Program program(place.directory.path(), place.training("run", {"--set", "epochs=500", "--threads", "2"}));
  program.signal_at(place.path("run/metrics.jsonl"), 2, SIGTERM);
  REQUIRE(program.wait().exit_code == 130);
  place.train_well("run", {"--set", "epochs=8", "--threads", "1", "--resume"});
  CHECK(place.json("run/summary.json").find("threads")->integer() == 1);
  const Checkpoint checkpoint = load_checkpoint(place.path("run/checkpoint.safetensors"));
  CHECK(checkpoint.config.find("threads") == nullptr);  // none of what it holds depends on them

  const TinySet other = tiny_set(400, 3);
  place.directory.write("data/fashion-mnist/train-images-idx3-ubyte.gz", gzipped(other.images));
  place.fails("run", {"--set", "epochs=9", "--resume"}, 3,
              {"checkpoint.safetensors was trained on other images", "--data-dir"});
}

TEST_CASE("continue: with 2 and 3 threads summary and eval agree, and the same run gives the same bytes") {
  const Runs place;
  for (const std::string threads : {"2", "3"}) {
    CAPTURE(threads);
    std::string model;
    for (const char* out : {"one", "two"}) {
      const std::string run = out + threads;
      place.train_well(run, {"--set", "epochs=4", "--threads", threads});
      const Json summary = place.json(run + "/summary.json");
      CHECK(summary.find("threads")->integer() == std::stoi(threads));
      const Result eval = run_program(place.directory.path(), {"eval", run + "/model.pare", "--data-dir",
                                                               "data", "--threads", threads, "--json"});
      REQUIRE_MESSAGE(eval.exit_code == 0, eval.err);
      const Json told = parse_json(eval.out, "eval");
      CHECK(told.find("test_accuracy")->number() == summary.find("test_accuracy")->number());
      CHECK(told.find("model_bytes")->integer() == summary.find("model_bytes")->integer());
      const std::string bytes = contents(place.path(run + "/model.pare"));
      CHECK((model.empty() || model == bytes));
      model = bytes;
    }
  }
}

TEST_CASE("continue: sweeps and lotteries carry on with another number of threads") {
  const Runs place;
  const Arguments sweep{"sweep",
                        "tiny.json",
                        "--data-dir",
                        "data",
                        "--out",
                        "sweep",
                        "--quiet",
                        "--set",
                        "sweep={\"seed\":[1,2]}",
                        "--set",
                        "checkpoint_every=2it"};
  const Arguments hunt{"lottery",
                       "tiny.json",
                       "--data-dir",
                       "data",
                       "--out",
                       "hunt",
                       "--quiet",
                       "--set",
                       "checkpoint_every=2it",
                       "--set",
                       R"(compress={"method":"none"})",
                       "--set",
                       R"(lottery={"levels":1,"evaluate_every":"5it"})"};
  const auto with = [](Arguments arguments, const char* epochs, const char* threads) {
    arguments.insert(arguments.end(), {"--set", std::string("epochs=") + epochs, "--threads", threads});
    return arguments;
  };
  const std::pair<Arguments, std::string> commands[] = {
      {sweep, "sweep/seed=1/metrics.jsonl"}, {hunt, "hunt/replicate_1/level_0/main/metrics.jsonl"}};
  for (const auto& [arguments, metrics] : commands) {
    Program program(place.directory.path(), with(arguments, "60", "2"));
    program.signal_at(place.path(metrics), 2, SIGTERM);
    REQUIRE(program.wait().exit_code == 130);
    Program again(place.directory.path(), with(arguments, "60", "1"));
    again.signal_at(place.path(metrics), 4, SIGTERM);
    CHECK(again.wait().exit_code == 130);
  }
}

TEST_CASE("continue: first values come from a run that lost channels, by its checkpoint or its model") {
  const Runs place;
  place.train_well("run", {"--set", "epochs=8", "--threads", "1"});
  REQUIRE(place.json("run/summary.json").find("channels")->string() != "6-8-24-10");
  for (const std::string file : {"checkpoint.safetensors", "model.pare"}) {
    CAPTURE(file);
    const std::string out = "from_" + file;
    place.train_well(out, {"--set", "epochs=1it", "--set", "optimizer.lr=1e-6", "--set", "compress.gamma=0",
                           "--threads", "1", "--init-from", "run/" + file});
    // The channels it has left; the one step made may cost a few more.
    const auto left = [&](const std::string& run) {
      return place.json(run + "/summary.json").find("weights_fraction")->number();
    };
    CHECK(left(out) <= left("run"));
    CHECK(left(out) > 0.7 * left("run"));
    const double before = place.json("run/summary.json").find("test_accuracy")->number();
    const double after = place.json(out + "/summary.json").find("test_accuracy")->number();
    CHECK(std::fabs(after - before) <= 0.02);
    place.fails("other", {"--set", "network.0.channels=5", "--init-from", "run/" + file}, 3,
                {file, "conv2d", "config.json", "--resume with more epochs"});
  }
}

TEST_CASE("continue: a model whose batch norms were folded says which file to take instead") {
  const std::string layers = R"([{"layer": "conv2d", "channels": 4, "bias": false}, {"layer": "batch_norm"},
      {"layer": "relu"}, {"layer": "linear", "features": 3}])";
  const TemporaryDirectory directory;
  LayerList list = layers_of(layers);
  Network network(list, {6, 6, 2}, self_compressing(), 1);
  const std::unique_ptr<Method> method = choose(method_table(), "self_compress")->make();
  method->start(network);
  method->finish(network);
  const Spec info{"test", {"a", "b", "c"}, {{0, 0}, {1, 1}}};
  const std::string path = directory.path() + "/model.pare";
  write_file_atomically(path, pack_model(info, network));
  Network fresh(layers_of(layers), {6, 6, 2}, self_compressing(), 2);
  CHECK(contains(failure_of(Failure::Data, [&] { initialise_from(fresh, path); }),
                 "take checkpoint.safetensors of its run instead"));
}

TEST_CASE("continue: a network with residuals, gates and groups takes over a model's weights bit for bit") {
  const std::string layers = R"([
      {"layer": "conv2d", "channels": 6, "padding": 1}, {"layer": "relu"},
      {"layer": "residual", "body": [{"layer": "gate"}, {"layer": "conv2d", "channels": 6, "padding": 1}],
       "shortcut": [{"layer": "gate"}]}, {"layer": "relu"},
      {"layer": "conv2d", "channels": 6, "groups": 0}, {"layer": "conv2d", "channels": 8, "kernel": 1},
      {"layer": "conv2d", "channels": 8, "groups": 4}, {"layer": "linear", "features": 3}])";
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/model.pare";
  LayerList list = layers_of(layers);
  for (const Levels levels : {Levels::Symmetric, Levels::Paper}) {
    Network network(list, {8, 8, 2}, self_compressing(5, levels), 1);
    const auto kill = [&](const std::string& name, std::vector<int> channels) {
      for (const int c : channels) parameter(network, name + ".weight.bits").value.data<float>()[c] = 0;
    };
    kill("0.conv2d", {1, 4});
    kill("2.body.0.gate", {0, 3});
    kill("2.body.1.conv2d", {1, 2});
    kill("2.shortcut.0.gate", {2, 5});
    kill("5.conv2d", {4, 5});
    kill("6.conv2d", {2, 3});
    remove_dead_channels(network, Dead::ForGood);
    round_scales(network);
    const Spec info{"test", {"a", "b", "c"}, {{0, 0}, {1, 1}}};
    write_file_atomically(path, pack_model(info, network));
    Network fresh(layers_of(layers), {8, 8, 2}, self_compressing(8, levels), 2);
    const Found found = initialise_from(fresh, path);
    CHECK(found.found == found.asked);
    CHECK(fresh.weight_count() == network.weight_count());
    const Tensor images = random_tensor({4, 8, 8, 2});
    CHECK(numbers(logits_of(fresh, images)) == numbers(logits_of(network, images)));
    Network plain(layers_of(layers), {8, 8, 2}, dense(), 3);
    initialise_from(plain, path);
    CHECK(numbers(logits_of(plain, images)) == numbers(logits_of(network, images)));
  }
}

TEST_CASE("continue: tensors of other types that no parameter asks for are passed over") {
  const TemporaryDirectory directory;
  const std::string header = R"({"count":{"dtype":"I64","shape":[1],"data_offsets":[12,20]},)"
                             R"("0.linear.bias":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},)"
                             R"("deep":{"dtype":"F32","shape":[1,1,1,1,1],"data_offsets":[20,24]},)";
  const auto write = [&](const std::string& more, size_t data) {
    std::string text = header + more;
    ByteWriter writer;
    writer.u64(text.size());
    writer.put_text(text);
    writer.put_text(std::string(data, '\0'));
    directory.write("mixed.safetensors", writer.bytes());
  };
  const std::string path = directory.path() + "/mixed.safetensors";
  Network network(layers_of(R"([{"layer": "linear", "features": 3}])"), {1, 1, 2}, dense(), 1);
  write(R"("half":{"dtype":"F16","shape":[2],"data_offsets":[24,28]}})", 28);
  CHECK(initialise_from(network, path).found == 1);
  write(R"("0.linear.weight":{"dtype":"F16","shape":[3,1,1,2],"data_offsets":[24,36]}})", 36);
  CHECK(contains(failure_of(Failure::Data, [&] { initialise_from(network, path); }),
                 "tensor 0.linear.weight: dtype \"F16\" cannot be read"));
}

TEST_CASE("continue: first values say what was found, and less than half is refused") {
  const Runs place;
  std::string rows = "x,y,k\n";
  for (int i = 0; i < 200; ++i) rows += text(i % 7, ",", i % 5, ",", i % 2 ? "a" : "b", "\n");
  place.directory.write("t.csv", bytes_of_text(rows));
  const auto train = [&](const std::string& out, int hidden, const Arguments& more) {
    Arguments arguments{
        "--set",
        R"(data={"source":{"kind":"table","path":"t.csv","label":"k","test_share":0.2},"batch":20,"validation":20})",
        "--set",
        text(R"(network=[{"layer":"linear","features":)", hidden,
             R"(},{"layer":"relu"},{"layer":"linear","features":2}])"),
        "--set",
        R"(compress={"method":"none"})",
        "--set",
        "epochs=2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place.train(out, arguments);
  };
  CHECK(train("first", 30, {}).exit_code == 0);
  for (const auto& [out, from] :
       {std::pair{"second", "first"}, std::pair{"third", "first/checkpoint.safetensors"},
        std::pair{"fourth", "first/model.pare"}}) {
    const Result other = train(out, 30, {"--init-from", from});
    CHECK_MESSAGE(contains(other.out, "first values of 4 of 4 parameters"), from, other.out, other.err);
  }
  const Result narrow = train("narrow", 29, {"--init-from", "first"});
  CHECK(narrow.exit_code == 2);
  CHECK_MESSAGE(
      contains(narrow.err, "of another shape there: 0.linear.weight, 0.linear.bias, 2.linear.weight"),
      narrow.err);
  CHECK(contains(narrow.err, "--init-least"));
  CHECK(!std::filesystem::exists(place.path("narrow")));
  CHECK(train("anyway", 29, {"--init-from", "first", "--init-least", "0"}).exit_code == 0);
}

TEST_CASE("continue: a network with another last layer takes the rest over, of a cut one as well") {
  const std::string body = R"([{"layer": "conv2d", "channels": 6, "padding": 1}, {"layer": "relu"},
      {"layer": "conv2d", "channels": 8}, {"layer": "relu"}, {"layer": "linear", "features": )";
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/model.pare";
  LayerList list = layers_of(body + "3}]");
  Network network(list, {8, 8, 2}, self_compressing(5), 1);
  for (const int c : {1, 4}) parameter(network, "0.conv2d.weight.bits").value.data<float>()[c] = 0;
  parameter(network, "2.conv2d.weight.bits").value.data<float>()[7] = 0;
  remove_dead_channels(network, Dead::ForGood);
  round_scales(network);
  write_file_atomically(path, pack_model({"test", {"a", "b", "c"}, {{0, 0}, {1, 1}}}, network));
  Network other(layers_of(body + "5}]"), {8, 8, 2}, self_compressing(8), 2);
  const Tensor head = parameter(other, "4.linear.weight").value.clone();
  const Found found = initialise_from(other, path);
  CHECK(!found.last_layer);
  CHECK(found.other_shape == std::vector<std::string>{"4.linear.weight", "4.linear.bias"});
  CHECK(other.nodes()[0].channels.size() == 4);
  CHECK(numbers(effective_values(*other.nodes()[2].layer->weight())) ==
        numbers(effective_values(*network.nodes()[2].layer->weight())));
  // The columns of channels that are there still.
  CHECK(parameter(other, "4.linear.weight").value.shape()[3] == network.nodes()[2].channels.size());
  CHECK(parameter(other, "4.linear.weight").value.data<float>()[0] == head.data<float>()[0]);
}

TEST_CASE("continue: a key that is new and empty hides no other difference") {
  const Json before = parse_json(R"({"a": 1, "z": 1})", "before"),
             now = parse_json(R"({"a": 1, "b": null, "c": 2, "z": 1})", "now");
  CHECK(contains(failure_of(Failure::Usage, [&] { require_same_config(before, now, "run", "ask"); }),
                 "run: c: 2"));
  require_same_config(before, parse_json(R"({"a": 1, "b": null, "z": 1})", "now"), "run", "ask");
}
