// pare lottery from end to end on tiny images: resuming, rewinding, branches, replicates side by side, early
// stop.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "cli/config_file.h"
#include "cli/lottery/connectivity.h"
#include "cli/lottery/ticket_hunt.h"
#include "framework/base/threads.h"
#include "framework/config/config.h"
#include "framework/files/file.h"
#include "tests/data_fixtures.h"

using namespace pare;

namespace {

constexpr int kSide = 5;

// Images whose class is a bright pixel under noise.
void write_part(const TemporaryDirectory& directory, const std::string& part, uint32_t count, uint32_t seed) {
  Bytes pixels = noise(size_t{count} * kSide * kSide, seed), labels;
  for (uint32_t i = 0; i < count; ++i) {
    for (size_t p = 0; p < kSide * kSide; ++p) pixels[i * kSide * kSide + p] /= 2;
    labels.push_back(static_cast<uint8_t>(i % 10));
    pixels[i * kSide * kSide + 2 * (i % 10)] = 255;
  }
  directory.write("mnist/" + part + "-images-idx3-ubyte", idx_bytes(0x803, {count, kSide, kSide}, pixels));
  directory.write("mnist/" + part + "-labels-idx1-ubyte", idx_bytes(0x801, {count}, labels));
}

const char* const kConfig = R"({
  "name": "tiny", "threads": 1, "initialiser": "glorot_normal",
  "data": { "name": "mnist", "batch": 10, "validation": 40, "normalise": false },
  "network": [ { "layer": "flatten" }, { "layer": "linear", "features": 12 }, { "layer": "relu" },
               { "layer": "dropout", "rate": 0.1 }, { "layer": "linear", "features": 10 } ],
  "optimizer": { "name": "adam", "lr": 0.01, "weight_decay": 0.001 },
  "schedule": { "name": "step", "milestones": ["20it"], "gamma": 0.1 },
  "epochs": "30it", "checkpoint_every": "4it",
  "lottery": { "method": "imp", "levels": 2, "evaluate_every": "5it",
               "branches": { "random_reinit": [1], "random_prune": [2], "one_shot": [2] } }
})";

struct Lab {
  Lab() {
    write_part(files, "train", 160, 1);
    write_part(files, "t10k", 60, 2);
    config = parse_json(kConfig, "tiny.json");
    set_threads(1);
  }
  Json& lottery() { return *config.find("lottery"); }
  std::string out(const std::string& name) const { return files.path() + "/" + name; }

  // Runs these levels; when `stop_after` is not negative, stops after so many steps.
  Outcome run(const std::string& name, const std::vector<int>& levels, int replicate = 1,
              int stop_after = -1) {
    LotteryConfig read = read_lottery_config(config, "tiny.json");
    const LotteryDirectory directory(out(name));
    directory.start(write_config(read));
    int steps = 0;
    TicketHunt hunt(std::move(read), directory, replicate, files.path(), Verbosity::Quiet);
    return hunt.run(levels, [&] { return stop_after >= 0 && ++steps > stop_after; });
  }

  Json level(const std::string& name, const std::string& level) const {
    const std::string path = out(name) + "/replicate_1/" + level + "/level.json";
    return parse_json(read_text_file(path, 1 << 20), path);
  }
  SafetensorsFile tensors(const std::string& file) const { return read_safetensors(out(file)); }

  TemporaryDirectory files;
  Json config;
};

// Everything a lottery left but for what its clock said, and the page that names its directory, by path.
std::vector<std::pair<std::string, std::vector<uint8_t>>> results(const std::string& out) {
  std::vector<std::pair<std::string, std::vector<uint8_t>>> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out))
    if (entry.is_regular_file() && entry.path().filename() != "timing.json" &&
        entry.path().filename() != "report.html")
      found.emplace_back(std::filesystem::relative(entry.path(), out).string(),
                         read_file(entry.path().string(), 1 << 24));
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<float> numbers(const SafetensorsFile& file, const std::string& name) {
  const Tensor* const tensor = file.find(name);
  REQUIRE(tensor != nullptr);
  const Tensor plain = tensor->to(DType::F32);
  return {plain.floats().begin(), plain.floats().end()};
}

}  // namespace

TEST_CASE("lottery: run: interrupted anywhere and run again, the same bytes") {
  Lab lab;
  CHECK(lab.run("whole", {0, 1, 2}) == Outcome::Finished);
  const auto whole = results(lab.out("whole"));
  CHECK(whole.size() == 3 + 6 * 5);  // config, levels.jsonl and .csv; five files for each of six networks
  int interruptions = 0;
  while (lab.run("pieces", {0, 1, 2}, 1, 16) == Outcome::Interrupted) ++interruptions;
  CHECK(interruptions > 5);
  CHECK(results(lab.out("pieces")) == whole);

  // A crash saves nothing: what the last checkpoint does not know is done again.
  lab.run("crashed", {0}, 1, 9);
  AppendFile(lab.out("crashed") + "/replicate_1/level_0/main/metrics.jsonl").append(R"({"iteration":15})");
  CHECK(lab.run("crashed", {0, 1, 2}) == Outcome::Finished);
  CHECK(results(lab.out("crashed")) == whole);
}

TEST_CASE("lottery: run: finished levels are left alone, another experiment is refused") {
  Lab lab;
  lab.run("out", {0, 1});
  const std::string weights = lab.out("out") + "/replicate_1/level_0/main/weights.safetensors";
  const auto written = std::filesystem::last_write_time(weights);
  CHECK(lab.run("out", {0, 1}, 1, 0) == Outcome::Finished);  // not one step
  CHECK(std::filesystem::last_write_time(weights) == written);
  lab.lottery().set("branches", Json::object({{"fine_tune", Json::array({1})}}));  // may be added later
  CHECK(lab.run("out", {1}) == Outcome::Finished);
  CHECK(lab.level("out", "level_1/fine_tune").find("end")->integer() == 60);
  lab.lottery().set("fine_tune_for", "7it");
  CHECK(contains(failure_of(Failure::Usage, [&] { lab.run("out", {1}); }),
                 "lottery.fine_tune_for: \"7it\" instead of 0"));
  CHECK(contains(failure_of(Failure::Usage, [&] { lab.run("new", {1}); }), "is not finished"));
}

TEST_CASE("lottery: run: a reinitialised ticket has the same mask and data order, but other weights") {
  Lab lab;
  lab.lottery().set("branches", Json::object({{"random_reinit", Json::array({1})}}));
  lab.config.set("epochs", "1it");
  lab.config.find("optimizer")->set("lr", 1e-12);  // the network hardly moves: we see where it starts
  lab.run("out", {0, 1});
  const auto file = [&](const std::string& name) { return lab.tensors("out/replicate_1/" + name); };
  CHECK(numbers(file("level_1/main/mask.safetensors"), "1.linear") ==
        numbers(file("level_1/reinit/mask.safetensors"), "1.linear"));
  const auto start = numbers(file("level_0/main/weights.safetensors"), "1.linear.weight");
  const auto ticket = numbers(file("level_1/main/weights.safetensors"), "1.linear.weight");
  const auto redrawn = numbers(file("level_1/reinit/weights.safetensors"), "1.linear.weight");
  const auto mask = numbers(file("level_1/main/mask.safetensors"), "1.linear");
  CHECK(std::count(mask.begin(), mask.end(), 0.0f) == 60);  // a fifth of 25 x 12
  for (size_t i = 0; i < mask.size(); ++i) {
    CHECK(ticket[i] == doctest::Approx(mask[i] * start[i]).epsilon(1e-6));
    if (mask[i] == 1)
      CHECK(redrawn[i] != ticket[i]);
    else
      CHECK(redrawn[i] == 0.0f);
  }
  CHECK(lab.level("out", "level_1/reinit").find("seed")->integer() ==
        1);  // which is what the data order is made of
}

TEST_CASE("lottery: run: rewinding brings back weights, moments, the place in schedule and data") {
  Lab lab;
  lab.lottery().set("rewinding_steps", "10it");
  lab.lottery().set("method", "weight_rewind");
  lab.lottery().set("branches", Json::object());
  lab.lottery().set("prune",
                    Json::object({{"linear", 0.0}}));  // nothing goes: level 1 must repeat level 0's end
  lab.run("out", {0, 1});
  for (const char* tensor : {"1.linear.weight", "4.linear.weight", "4.linear.bias"})
    CHECK(numbers(lab.tensors("out/replicate_1/level_0/main/weights.safetensors"), tensor) ==
          numbers(lab.tensors("out/replicate_1/level_1/main/weights.safetensors"), tensor));

  lab.lottery().set("method", "imp");  // rewinding to the beginning repeats all of it
  lab.run("imp", {0, 1});
  CHECK(numbers(lab.tensors("imp/replicate_1/level_0/main/weights.safetensors"), "1.linear.weight") ==
        numbers(lab.tensors("imp/replicate_1/level_1/main/weights.safetensors"), "1.linear.weight"));
  lab.lottery().set("method", "lr_rewind");
  lab.run("rate", {0, 1});
  CHECK(lab.level("rate", "level_1/main").find("recipe")->find("first")->integer() == 10);
  CHECK(numbers(lab.tensors("rate/replicate_1/level_0/main/weights.safetensors"), "1.linear.weight") !=
        numbers(lab.tensors("rate/replicate_1/level_1/main/weights.safetensors"), "1.linear.weight"));
}

TEST_CASE("lottery: run: replicates side by side in processes of their own") {
  Lab lab;
  lab.run("one", {0, 1}, 1);
  lab.run("one", {0, 1}, 2);
  CHECK(numbers(lab.tensors("one/replicate_1/level_0/main/weights.safetensors"), "1.linear.weight") !=
        numbers(lab.tensors("one/replicate_2/level_0/main/weights.safetensors"), "1.linear.weight"));
  lab.files.write("tiny.json", Bytes(kConfig, kConfig + std::string_view(kConfig).size()));
  pid_t children[2];
  for (int replicate = 1; replicate <= 2; ++replicate) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      const std::string number = std::to_string(replicate), config = lab.out("tiny.json"),
                        out = lab.out("two");
      execl(PARE_BINARY, "pare", "lottery", config.c_str(), "--out", out.c_str(), "--replicate",
            number.c_str(), "--levels", "0-1", "--data-dir", lab.files.path().c_str(), "--quiet", nullptr);
      _exit(127);
    }
    children[replicate - 1] = child;
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  CHECK(results(lab.out("two")) == results(lab.out("one")));
  CHECK(std::filesystem::exists(lab.out("two") + "/report.html"));

  const DirectoryLock busy(lab.out("two") + "/replicate_1");
  CHECK(contains(failure_of(Failure::Usage,
                            [&] {
                              lab.run("two", {0, 1}, 1);
                            }),
                 "another process is working"));
}

TEST_CASE("lottery: connectivity: the ends are the levels themselves, and the path is straight") {
  Lab lab;
  lab.run("one", {0, 1}, 1);
  lab.run("one", {0}, 2);
  const LotteryDirectory one(lab.out("one"));
  Experiment experiment(read_lottery_config(lab.config, "tiny.json"), lab.files.path());
  const Connectivity same = connect(experiment, one.main(1, 1), one.main(1, 1), 5);
  CHECK(same.error_barrier == doctest::Approx(0));
  CHECK(same.loss_barrier == doctest::Approx(0).epsilon(1e-6));
  const Connectivity found = connect(experiment, one.main(1, 0), one.main(2, 0), 5);
  REQUIRE(found.points.size() == 5);
  CHECK(found.points[1].alpha == 0.25);
  CHECK(found.points[0].test.accuracy() ==
        lab.level("one", "level_0/main").find("end_test_accuracy")->number());
  CHECK(found.points[4].test.accuracy() != found.points[0].test.accuracy());
  // The middle, by hand.
  const SafetensorsFile a = read_safetensors(one.main(1, 0).weights()),
                        b = read_safetensors(one.main(2, 0).weights());
  experiment.build_network(1);
  experiment.network().visit([&](Parameter& p) {
    if (a.find(p.name) == nullptr) return;
    for (int64_t i = 0; i < p.value.size(); ++i)
      p.value.data<float>()[i] = (a.find(p.name)->data<float>()[i] + b.find(p.name)->data<float>()[i]) / 2;
  });
  const Score middle = evaluate(experiment.network(), experiment.test_batches(DType::F32), DType::F32);
  CHECK(found.points[2].test.loss == doctest::Approx(middle.loss));
  double highest = 0;
  for (const PathPoint& point : found.points) highest = std::max(highest, point.test.loss);
  CHECK(found.loss_barrier ==
        doctest::Approx(highest - (found.points[0].test.loss + found.points[4].test.loss) / 2));
  CHECK(contains(failure_of(Failure::Usage, [&] { connect(experiment, one.main(1, 0), one.main(2, 1)); }),
                 "not a finished level"));
  lab.config.find("network")->items()[1].set("features", 11);
  Experiment other(read_lottery_config(lab.config, "tiny.json"), lab.files.path());
  CHECK(contains(failure_of(Failure::Data, [&] { connect(other, one.main(1, 0), one.main(1, 0)); }),
                 "no 1.linear.weight of shape (11,5,5,1)"));
}

TEST_CASE("lottery: connectivity: batch norm's statistics are made for each network on the path") {
  Lab lab;
  Json layers = Json::array(lab.config.find("network")->items());
  layers.items().insert(layers.items().begin() + 2, Json::object({{"layer", "batch_norm"}}));
  lab.config.set("network", layers);
  lab.run("one", {0}, 1);
  const LotteryDirectory one(lab.out("one"));
  Experiment experiment(read_lottery_config(lab.config, "tiny.json"), lab.files.path());
  // A level whose statistics are nonsense: they are not used, so nothing changes.
  const Connectivity before = connect(experiment, one.main(1, 0), one.main(1, 0), 2);
  SafetensorsFile weights = read_safetensors(one.main(1, 0).weights());
  for (NamedTensor& tensor : weights.tensors)
    if (tensor.name.ends_with(".mean")) tensor.tensor = Tensor::full(tensor.tensor.shape(), 30);
  write_safetensors(one.main(1, 0).weights(), weights);
  const Connectivity after = connect(experiment, one.main(1, 0), one.main(1, 0), 2);
  CHECK(after.points[0].test.loss == doctest::Approx(before.points[0].test.loss).epsilon(0.01));
  CHECK(before.points[0].test.accuracy() ==
        doctest::Approx(lab.level("one", "level_0/main").find("end_test_accuracy")->number()).epsilon(0.2));
}

TEST_CASE("lottery: run: another order of images leads the same first weights elsewhere") {
  Lab lab;
  lab.config.set("epochs", "1it");
  lab.config.find("optimizer")->set("lr", 1e-12);
  lab.run("one", {0});
  lab.config.find("data")->set("order_seed", 7);
  lab.run("start", {0});
  lab.config.find("optimizer")->set("lr", 0.01);
  lab.run("moved", {0});
  const auto weights = [&](const std::string& name) {
    return numbers(lab.tensors(name + "/replicate_1/level_0/main/weights.safetensors"), "1.linear.weight");
  };
  const auto first = weights("one"), start = weights("start");
  for (size_t i = 0; i < first.size(); ++i) CHECK(first[i] == doctest::Approx(start[i]).epsilon(1e-6));
  lab.config.find("data")->set("order_seed", 8);
  lab.run("elsewhere", {0});
  CHECK(weights("moved") != weights("elsewhere"));
}

TEST_CASE("lottery: run: early stop is the first minimum of validation loss") {
  TemporaryDirectory files;
  const std::string path = files.path() + "/metrics.jsonl";
  AppendFile metrics(path);
  for (const char* line : {R"({"iteration":5,"validation_loss":0.5})",
                           R"({"iteration":10,"validation_loss":0.25,"test_accuracy":0.9})",
                           R"({"iteration":15,"validation_loss":0.25})",
                           R"({"iteration":20,"validation_loss":0.3,"test_accuracy":0.8})"})
    metrics.append(line);
  const Verdict verdict = read_verdict(path);
  CHECK(verdict.early_stop.find("iteration")->integer() == 10);
  CHECK(verdict.early_stop.find("test_accuracy")->number() == 0.9);
  CHECK(verdict.end.find("iteration")->integer() == 20);
}

TEST_CASE("lottery: config: levels, and what a hunt demands") {
  CHECK(parse_levels("0-2,5,7-8") == std::vector<int>{0, 1, 2, 5, 7, 8});
  CHECK(parse_levels("3") == std::vector<int>{3});
  for (const char* bad : {"", "-1", "3-1", "1,", "a", "1-", "1-99999", "1 2"})
    CHECK(contains(failure_of(Failure::Usage, [&] { parse_levels(bad); }),
                   "--levels: expected levels such as"));
  Json json = parse_json(kConfig, "tiny.json");
  json.find("data")->set("validation", 0);
  CHECK(contains(failure_of(Failure::Usage, [&] { read_lottery_config(json, "tiny.json"); }),
                 "set some aside"));
}

TEST_CASE("lottery: config: the configs that come with Pare are read, and say what the paper says") {
  for (const auto& entry : std::filesystem::directory_iterator(PARE_SOURCE_DIR "/configs/lottery"))
    CHECK_NOTHROW(read_lottery_config(load_config(entry.path().string(), {}), entry.path().string()));
  const std::string path = PARE_SOURCE_DIR "/configs/lottery/lenet300_mnist.json";
  const LotteryConfig lenet = read_lottery_config(load_config(path, {}), path);
  CHECK(lenet.epochs == Length{50000, Length::Unit::Iterations});
  CHECK(lenet.data.batch == 60);
  CHECK(lenet.data.validation == 5000);
  CHECK(lenet.initialiser == Initialiser::GlorotNormal);
  CHECK(lenet.lottery.branches.random_reinit == std::vector<int>{7, 15});
}
