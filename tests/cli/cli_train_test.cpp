// pare train, eval, inspect and schema from end to end, through the real program.
#include <sys/stat.h>

#include <array>
#include <cmath>
#include <optional>
#include <set>

#include "compress/packed/packed_model.h"
#include "framework/json/json.h"
#include "framework/kernels/elementwise/precision.h"
#include "framework/parallel/isa.h"
#include "tests/support/bf16.h"
#include "tests/support/program.h"
#include "tests/support/workplace.h"

using namespace pare;

namespace {

double number(const Json& object, const char* key) {
  const Json* const found = object.find(key);
  REQUIRE_MESSAGE(found != nullptr, key);
  return found->number();
}

}  // namespace

TEST_CASE("cli: a run leaves its files, and they agree with each other and with eval and inspect") {
  const Workplace place;
  place.train_well("run");
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(place.path("run")))
    files.insert(entry.path().filename());
  CHECK(files == std::set<std::string>{"config.json", "metrics.jsonl", "checkpoint.safetensors", "model.pare",
                                       "summary.json", "evaluation.json", "report.html",
                                       "events.out.tfevents.pare"});

  const Json summary = place.json("run/summary.json");
  for (const char* key : {"seed", "threads", "epochs", "steps", "wall_seconds", "cpu_seconds", "train_flops",
                          "train_flops_dense", "peak_memory_bytes", "bits_fraction", "weights_fraction"})
    number(summary, key);
  CHECK(summary.find("name")->string() == "tiny");
  CHECK(summary.find("precision")->string() == "f32");
  CHECK(summary.find("onednn")->string() == onednn_version());
  CHECK(summary.find("isa")->string() == name(isa()));
  CHECK(number(summary, "steps") == 8 * 14);
  CHECK(number(summary, "dense_bytes") == 4 * (6 * 9 + 6 + 8 * 54 + 8 + 24 * 72 + 24 + 240 + 10));
  // It has learnt, became smaller, and cheaper to train.
  CHECK(number(summary, "test_accuracy") > 0.8);
  CHECK(number(summary, "model_bytes") < number(summary, "dense_bytes") / 6);
  CHECK(number(summary, "weights_fraction") < 1);
  CHECK(number(summary, "train_flops") < number(summary, "train_flops_dense"));

  struct stat status {};
  REQUIRE(stat(place.path("run/model.pare").c_str(), &status) == 0);
  CHECK(static_cast<double>(status.st_size) == number(summary, "model_bytes"));
  const Result inspected = place.run({"inspect", "run/model.pare", "--json"});
  REQUIRE(inspected.exit_code == 0);
  const Json inspection = parse_json(inspected.out, "inspect");
  CHECK(number(inspection, "model_bytes") == static_cast<double>(status.st_size));
  std::string channels;
  const std::vector<int> before = {6, 8, 24, 10};
  for (size_t i = 0; i < before.size(); ++i) {
    const Json& layer = inspection.find("layers")->items()[i];
    CHECK(number(layer, "channels_before") == before[i]);
    channels += (i == 0 ? "" : "-") + dump_line(*layer.find("channels"));
  }
  CHECK(channels == summary.find("channels")->string());
  double weights = 0, bytes = 0, multiply_adds = 0;
  CHECK(number(*inspection.find("total"), "nonzero") > 0);
  CHECK(number(*inspection.find("total"), "nonzero") < number(inspection, "weights"));
  for (const Json& layer : inspection.find("layers")->items()) {
    CHECK(number(layer, "bytes") > 0);
    CHECK(number(layer, "bits_min") <= number(layer, "bits_mean") + 1e-4);  // each is rounded by itself
    CHECK(number(layer, "bits_mean") <= number(layer, "bits_max") + 1e-4);
    weights += number(layer, "weights");
    bytes += number(layer, "bytes");
    multiply_adds += number(layer, "multiply_adds");
  }
  const Json& total = *inspection.find("total");
  CHECK(number(total, "weights") == weights);
  CHECK(number(total, "multiply_adds") == multiply_adds);
  CHECK(number(total, "bytes") == bytes);
  CHECK(bytes < static_cast<double>(status.st_size));  // a header and biases are in the file, too
  CHECK(number(total, "channels_before") == 6 + 8 + 24 + 10);
  const std::string table = place.run({"inspect", "run/model.pare"}).out;
  CHECK(table.find("| 0.conv2d ") != std::string::npos);
  CHECK(table.find("| biases, norms, header ") != std::string::npos);
  const Result checkpoint =
      place.run({"inspect", "run/checkpoint.safetensors", "--data-dir", "no data needed", "--json"});
  CHECK(parse_json(checkpoint.out, "inspect").find("total")->find("bytes")->is_null());

  // The packed model says alone what it needs to know; the checkpoint holds the same network.
  for (const char* name : {"run/model.pare", "run/checkpoint.safetensors"}) {
    const Result evaluated = place.run({"eval", name, "--data-dir", "data", "--threads", "1", "--json"});
    REQUIRE_MESSAGE(evaluated.exit_code == 0, evaluated.err);
    const Json score = parse_json(evaluated.out, "eval");
    CHECK(number(score, "test_accuracy") == number(summary, "test_accuracy"));
    CHECK(number(score, "images") == 200);
    CHECK(number(score, "model_bytes") == static_cast<double>(std::filesystem::file_size(place.path(name))));
  }
  const std::vector<Json> metrics = place.metrics("run");
  CHECK(metrics.size() == 8);
  CHECK(number(metrics.back(), "epoch") == 8);
  CHECK(number(metrics.back(), "live_channels") < number(metrics.front(), "live_channels"));
  CHECK(number(metrics.back(), "validation_accuracy") > 0.7);
}

TEST_CASE("cli: summary and eval agree when training in bf16, too") {
  if (!bf16_or_skip()) return;
  const Workplace place;
  place.train_well("run", {"--set", "precision=bf16", "--set", "epochs=3"});
  const Result evaluated = place.run({"eval", "run/model.pare", "--data-dir", "data", "--json"});
  REQUIRE(evaluated.exit_code == 0);
  const Json score = parse_json(evaluated.out, "eval"), summary = place.json("run/summary.json");
  CHECK(number(score, "test_accuracy") == number(summary, "test_accuracy"));
  CHECK(number(score, "test_loss") == doctest::Approx(number(summary, "test_loss")).epsilon(1e-5));
}

TEST_CASE(
    "cli: the same config, seed and threads give the same bytes, and so does the config that a run writes") {
  const Workplace place;
  place.train_well("one", {"--set", "epochs=3"});
  place.train_well("two", {"--set", "epochs=3"});
  place.check_same_run("one", "two");
  place.train_well("three", {}, "one/config.json");
  place.check_same_run("one", "three");
  CHECK(place.file("one/config.json") == place.file("three/config.json"));
  place.train_well("other", {"--set", "epochs=3", "--set", "seed=4"});
  CHECK(place.file("one/model.pare") != place.file("other/model.pare"));
}

TEST_CASE("cli: a target that is missed is said to be, on either side, and is in the summary") {
  const Workplace runs;
  const auto asked = [&](const std::string& bytes) {
    return runs.train(bytes, {"--set", "epochs=1", "--set", "compress.target_bytes=" + bytes}).out;
  };
  CHECK(contains(asked("60"), " times as large as compress.target_bytes of 60; try"));
  CHECK(contains(asked("900000"),
                 " % of compress.target_bytes of 900,000; more epochs, smaller compress.rate"));
  CHECK(number(runs.json("60/summary.json"), "target_bytes") == 60);
  CHECK(!contains(runs.train("free", {"--set", "epochs=1"}).out, "target_bytes"));
  CHECK(runs.json("free/summary.json").find("target_bytes") == nullptr);
}

TEST_CASE(
    "cli: layers whose channels still have equal bits by half of the run are named, and others are not") {
  const Workplace runs;
  const char* const still = "all channels of 0.conv2d, 3.conv2d, 6.linear, 9.linear still have equal bits";
  const Arguments frozen{"--set", "epochs=2", "--set", "compress.bits_lr=1e-9"};
  CHECK(contains(runs.train("frozen", frozen).out, still));
  CHECK(!contains(runs.train("moving", {"--set", "epochs=2"}).out, "equal bits"));
  const Arguments hard{"--set", "epochs=2", "--set", "compress.gamma=100", "--set", "compress.bits_lr=3"};
  const std::string said = runs.train("all gone", hard).out;
  CHECK(!contains(said, "equal bits"));
  CHECK(contains(said,
                 "hardly better than guessing; try a smaller optimizer.lr, smaller compress.bits_lr, gamma"));
  const Json first = runs.metrics("all gone").front();
  for (const Json& layer : first.find("layers")->items())  // those of the classes never go
    CHECK(number(layer, "bits") ==
          doctest::Approx(number(layer, "original_channels") == 10 ? std::log2(3) : 0));
}

TEST_CASE("cli: the method none trains a dense network into a file that eval agrees with") {
  const Workplace place;
  place.train_well(
      "run", {"--set", R"(compress={"method": "none"})", "--set", "epochs=3", "--set", "data.validation=0"});
  const Json summary = place.json("run/summary.json");
  CHECK(number(summary, "weights_fraction") == 1);
  CHECK(number(summary, "bits_fraction") == 1);
  CHECK(number(summary, "model_bytes") >= number(summary, "dense_bytes"));
  const Json score =
      parse_json(place.run({"eval", "run/model.pare", "--data-dir", "data", "--json"}).out, "eval");
  CHECK(number(score, "test_accuracy") == number(summary, "test_accuracy"));
  CHECK(number(score, "test_accuracy") > 0.5);
}

TEST_CASE("cli: --dry-run prints a config and trains nothing, and --set changes it") {
  const Workplace place;
  const Result plan =
      place.train("run", {"--dry-run", "--set", "optimizer.lr=0.5", "--set", "network.0.channels=3"});
  REQUIRE(plan.exit_code == 0);
  CHECK(!std::filesystem::exists(place.path("run")));
  const Json config = parse_json(plan.out, "plan");  // the network below it is a comment
  CHECK(number(*config.find("optimizer"), "lr") == 0.5);
  CHECK(number(config.find("network")->items()[0], "channels") == 3);
  CHECK(plan.out.find("0.conv2d") != std::string::npos);
  CHECK(plan.out.find("(10,10,3)") != std::string::npos);
  place.directory().write("plan.json", bytes_of_text(plan.out));
  CHECK(place.train("run", {"--dry-run"}, "plan.json").out == plan.out);
}

TEST_CASE("cli: interrupted and resumed, a run ends in the same bytes as one left alone") {
  const Workplace place;
  const Arguments settings = {"--set", "epochs=30", "--quiet"};
  place.train_well("whole", settings);
  Program program(place.directory().path(), place.training("cut", settings));
  program.signal_at(place.path("cut/metrics.jsonl"), 2, SIGINT);
  CHECK(program.wait().exit_code == 130);
  CHECK(std::filesystem::exists(place.path("cut/checkpoint.safetensors")));
  CHECK(!std::filesystem::exists(place.path("cut/model.pare")));
  CHECK(!std::filesystem::exists(place.path("cut/summary.json")));
  CHECK(place.metrics("cut").size() < 30);
  // Another config is not the same run.
  const Result other = place.train("cut", {"--set", "epochs=30", "--set", "seed=4", "--resume"});
  CHECK(other.exit_code == 2);
  CHECK(other.err.find("seed") != std::string::npos);
  place.train_well("cut", {"--set", "epochs=30", "--quiet", "--resume"});
  place.check_same_run("whole", "cut");
  // What is finished stays as it is.
  const std::string summary = place.file("cut/summary.json");
  place.train_well("cut", {"--set", "epochs=30", "--quiet", "--resume"});
  CHECK(place.file("cut/summary.json") == summary);
}

TEST_CASE("cli: killed outright, a run resumes to the same bytes") {
  const Workplace place;
  for (const char* every : {"checkpoint_every=4", "checkpoint_every=30"}) {
    CAPTURE(every);
    const std::string whole = std::string("whole ") + every, cut = std::string("cut ") + every;
    const Arguments settings = {"--set", "epochs=30", "--set", every, "--quiet"};
    place.train_well(whole, settings);
    Program program(place.directory().path(), place.training(cut, settings));
    program.signal_at(place.path(cut + "/metrics.jsonl"), 6, SIGKILL);
    CHECK(program.wait().exit_code == 128 + SIGKILL);
    CHECK(!std::filesystem::exists(place.path(cut + "/model.pare")));
    place.train_well(cut, {"--set", "epochs=30", "--set", every, "--quiet", "--resume"});
    place.check_same_run(whole, cut);
  }
}

TEST_CASE("cli: a run's directory stands for its model, or for the checkpoint where there is none") {
  const Workplace place;
  place.train_well("run", {"--set", "epochs=2"});
  const auto said = [&](const std::string& what) {
    const Result eval = place.run({"eval", what, "--data-dir", "data", "--json"});
    CHECK(eval.exit_code == 0);
    return std::pair(number(parse_json(eval.out, "eval"), "test_accuracy"),
                     parse_json(eval.out, "eval").find("file")->string());
  };
  CHECK(said("run") == said("run/model.pare"));
  std::filesystem::remove(place.path("run/model.pare"));
  CHECK(said("run") == said("run/checkpoint.safetensors"));
  const Result wrong = place.run({"inspect", "data"});
  CHECK(wrong.exit_code == 3);
  CHECK(contains(wrong.err, "data: a directory without model.pare and checkpoint.safetensors"));
}

TEST_CASE("cli: --init-from takes the values of a checkpoint") {
  const Workplace place;
  place.train_well("first", {"--set", R"(compress={"method":"none"})", "--set", "epochs=3"});
  place.train_well("second", {"--set", R"(compress={"method":"none"})", "--set", "epochs=1it", "--set",
                              "optimizer.lr=1e-9", "--init-from", "first/checkpoint.safetensors"});
  CHECK(number(place.json("second/summary.json"), "test_accuracy") ==
        number(place.json("first/summary.json"), "test_accuracy"));
}

TEST_CASE("cli: --resume says when there is nothing to go on with, and going on reads no first values") {
  const Workplace place;
  place.train_well("first", {"--set", "epochs=1it"});
  const Result fresh = place.train("run", {"--set", "epochs=30", "--resume", "--dry-run"});
  CHECK(fresh.exit_code == 0);
  Program program(place.directory().path(), place.training("run", {"--set", "epochs=30", "--resume"}));
  program.signal_at(place.path("run/metrics.jsonl"), 1, SIGINT);
  const Result cut = program.wait();
  CHECK(contains(cut.out, "run: nothing to go on with"));
  CHECK(contains(cut.err, "everything is saved in run, --out run --resume goes on"));
  const Result resumed =
      place.train("run", {"--set", "epochs=30", "--resume", "--init-from", "first/checkpoint.safetensors"});
  CHECK(resumed.exit_code == 0);
  CHECK(!contains(resumed.out, "first values"));
}

TEST_CASE(
    "cli: killed before its first own checkpoint, a run with --init-from goes on without it being said "
    "again") {
  const Workplace place;
  place.train_well("first", {"--set", "epochs=1it"});
  const Arguments settings{"--set", "epochs=30", "--set", "checkpoint_every=30"};
  Arguments more = settings;
  more.insert(more.end(), {"--init-from", "first/checkpoint.safetensors"});
  place.train_well("whole", more);
  Program program(place.directory().path(), place.training("run", more));
  program.signal_at(place.path("run/metrics.jsonl"), 2, SIGKILL);
  CHECK(program.wait().exit_code == 128 + SIGKILL);
  more = settings;
  more.push_back("--resume");
  place.train_well("run", more);
  CHECK(place.file("run/model.pare") == place.file("whole/model.pare"));
}

TEST_CASE("cli: a run that lost its model makes it again") {
  const Workplace place;
  place.train_well("run", {"--set", "epochs=1"});
  const std::string model = place.file("run/model.pare");
  std::filesystem::remove(place.path("run/model.pare"));
  place.train_well("run", {"--set", "epochs=1", "--resume"});
  CHECK(place.file("run/model.pare") == model);
}

TEST_CASE("cli: a lottery's config with lottery=null is trained once") {
  const Workplace place;
  std::string config = kTinyConfig;
  config.insert(config.find("\"epochs\""), "\"lottery\": {\"levels\": 3}, ");
  place.directory().write("hunt.json", bytes_of_text(config));
  place.train_well("run", {"--set", "lottery=null", "--set", "epochs=1it"}, "hunt.json");
}

TEST_CASE("cli: --resume leaves a finished run alone, and says when it was another one") {
  const Workplace place;
  place.train_well("run", {"--set", "epochs=1"});
  const std::string model = place.file("run/model.pare");
  const Result same = place.train("run", {"--set", "epochs=1", "--resume"});
  CHECK(same.exit_code == 0);
  CHECK(contains(same.out, "run is already finished"));
  // A run that was killed before its page was written gets one.
  const std::string page = place.file("run/report.html");
  std::filesystem::remove(place.path("run/report.html"));
  place.train("run", {"--set", "epochs=1", "--resume"});
  CHECK(place.file("run/report.html") == page);
  const Result other = place.train("run", {"--set", "epochs=1", "--set", "seed=4", "--resume"});
  CHECK(other.exit_code == 2);
  CHECK(contains(other.err, "run holds a run of another config: seed: 4 instead of 3"));
  CHECK(place.file("run/model.pare") == model);
}

TEST_CASE("cli: schema and help") {
  const Workplace place;
  const Result schema = place.run({"schema"});
  CHECK(schema.exit_code == 0);
  const Json parsed = parse_json(schema.out, "schema");
  REQUIRE(parsed.find("properties") != nullptr);
  for (const char* key : {"data", "network", "optimizer", "compress"})
    CHECK(parsed.find("properties")->find(key) != nullptr);
  CHECK(place.run({"--help"}).exit_code == 0);
  for (const std::string command : {"train", "eval", "inspect", "report", "lottery", "sweep", "bench",
                                    "export", "schema", "manual", "completion"}) {
    CAPTURE(command);
    const Result help = place.run({command, "--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.out.find("Examples:\n  pare " + command + " ") != std::string::npos);
  }
}

TEST_CASE(
    "cli: runs without --out that begin at the same time each get a directory, one that cannot begin none") {
  const Workplace place;
  const Arguments arguments = {"train",     "tiny.json", "--data-dir", "data",
                               "--threads", "1",         "--set",      "epochs=1it"};
  CHECK(place.run({"train", "tiny.json", "--data-dir", "elsewhere"}).exit_code == 3);
  CHECK(!std::filesystem::exists(place.path("runs/tiny")));
  std::array<std::optional<Program>, 3> programs;
  for (auto& program : programs) program.emplace(place.directory().path(), arguments);
  for (auto& program : programs) CHECK(program->wait().exit_code == 0);
  for (const char* run : {"runs/tiny", "runs/tiny-2", "runs/tiny-3"})
    CHECK(std::filesystem::exists(place.path(run) + "/summary.json"));
}
