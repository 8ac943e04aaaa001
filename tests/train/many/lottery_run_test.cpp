// pare lottery from end to end on tiny images: resuming, rewinding, branches, replicates side by side, early
// stop.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "tests/support/lottery_lab.h"
#include "train/config/config_file.h"

using namespace pare;

namespace {

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
  lab.lottery().set("rewinding_steps", "30it");
  CHECK(contains(failure_of(Failure::Usage, [&] { lab.run("bad", {0}); }), "lottery.rewinding_steps: 30"));
  CHECK_FALSE(std::filesystem::exists(lab.out("bad") + "/replicate_1"));
}

TEST_CASE("lottery: run: fine-tuning where the schedule ends at nothing is refused, with a rate it is not") {
  Lab lab;
  lab.config.set("schedule", Json::object({{"name", "linear"}}));
  CHECK(lab.run("plain", {0}) == Outcome::Finished);
  lab.lottery().set("branches", Json::object({{"fine_tune", Json::array({1})}}));
  lab.lottery().set("fine_tune_rate", 0.0);
  lab.config.set("epochs", "3000it");  // the last step's factor is 1 / 3000
  CHECK(contains(failure_of(Failure::Usage, [&] { lab.run("out", {0}); }),
                 "lottery.fine_tune_rate: fine-tuning would go on at 0.000333"));
  lab.lottery().set("fine_tune_rate", 0.1);
  CHECK(lab.run("other", {0}, 1, 1) == Outcome::Interrupted);
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

TEST_CASE(
    "lottery: run: a trained network can be pruned: level 0 and every rewound one begin with its weights") {
  Lab lab;
  lab.run("before", {0});
  const std::string weights = lab.out("before") + "/replicate_1/level_0/main/weights.safetensors";
  lab.lottery().set("init_from", weights);
  lab.config.set("optimizer", parse_json(R"({"name":"sgd","lr":1e-12})", "optimizer"));  // weights stay
  CHECK(lab.run("after", {0, 1, 2}) == Outcome::Finished);
  const SafetensorsFile trained = read_safetensors(weights);
  const Tensor& was = *trained.find("1.linear.weight");
  for (const std::string level : {"level_0/main", "level_1/main"}) {
    const SafetensorsFile file = lab.tensors("after/replicate_1/" + level + "/weights.safetensors");
    const Tensor& now = *file.find("1.linear.weight");
    int kept = 0;
    for (int64_t i = 0; i < now.size(); ++i) {
      const float value = now.data<float>()[i];
      if (value != 0) CHECK(value == doctest::Approx(was.data<float>()[i]).epsilon(1e-5));
      kept += value != 0 ? 1 : 0;
    }
    CHECK(kept > now.size() / 2);
  }
  lab.lottery().set("init_from", lab.out("nowhere"));
  failure_of(Failure::Data, [&] { lab.run("none", {0}); });
}

TEST_CASE("lottery: run: replicates side by side in processes of their own") {
  Lab lab;
  lab.run("one", {0, 1}, 1);
  lab.run("one", {0, 1}, 2);
  CHECK(numbers(lab.tensors("one/replicate_1/level_0/main/weights.safetensors"), "1.linear.weight") !=
        numbers(lab.tensors("one/replicate_2/level_0/main/weights.safetensors"), "1.linear.weight"));
  lab.files.write("tiny.json", Bytes(kLabConfig, kLabConfig + std::string_view(kLabConfig).size()));
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
  const RunEnds ends = read_run_ends(path);
  CHECK(ends.early_stop.find("iteration")->integer() == 10);
  CHECK(ends.early_stop.find("test_accuracy")->number() == 0.9);
  CHECK(ends.end.find("iteration")->integer() == 20);
}

TEST_CASE("lottery: run: a loss that is no number is passed over, and a network of such numbers diverged") {
  TemporaryDirectory files;
  const std::string path = files.path() + "/metrics.jsonl";
  AppendFile metrics(path);
  metrics.append(R"({"iteration":5,"validation_loss":null})");
  metrics.append(R"({"iteration":10,"validation_loss":0.5})");
  CHECK(read_run_ends(path).early_stop.find("iteration")->integer() == 10);

  Lab lab;
  lab.config.set("epochs", "1it");
  const auto failure_at = [&](const char* out, double rate) {
    lab.config.set("optimizer", Json::object({{"name", "sgd"}, {"lr", rate}}));
    return failure_of(Failure::Diverged, [&] { lab.run(out, {0}); });
  };
  CHECK(contains(failure_at("huge", 3e38), "no validation loss is finite"));
  lab.config.set("epochs", "3it");
  const std::string infinite = failure_at("infinite", 3e38);
  CHECK_MESSAGE(contains(infinite, "training diverged at step "), infinite);
}

TEST_CASE("lottery: config: levels, and what a hunt demands") {
  CHECK(parse_levels("0-2,5,7-8") == std::vector<int>{0, 1, 2, 5, 7, 8});
  CHECK(parse_levels("3") == std::vector<int>{3});
  for (const char* bad : {"", "-1", "3-1", "1,", "a", "1-", "1-99999", "1 2"})
    CHECK(contains(failure_of(Failure::Usage, [&] { parse_levels(bad); }),
                   "--levels: expected levels such as"));
  Json json = parse_json(kLabConfig, "tiny.json");
  json.find("data")->set("validation", 0);
  CHECK(contains(failure_of(Failure::Usage, [&] { read_lottery_config(json, "tiny.json"); }),
                 "set some aside"));
}

TEST_CASE("lottery: config: the configs that come with Pare are read, and say what the paper says") {
  for (const auto& entry : std::filesystem::directory_iterator(PARE_SOURCE_DIR "/configs/lottery"))
    CHECK_NOTHROW(read_lottery_config(load_config(entry.path().string(), {}).json, entry.path().string()));
  const std::string path = PARE_SOURCE_DIR "/configs/lottery/lenet300_mnist.json";
  const LotteryConfig lenet = read_lottery_config(load_config(path, {}).json, path);
  CHECK(lenet.epochs == Length{50000, Length::Unit::Iterations});
  CHECK(lenet.data.batch == 60);
  CHECK(lenet.data.validation == 5000);
  CHECK(lenet.initialiser == Initialiser::GlorotNormal);
  CHECK(lenet.lottery.branches.random_reinit == std::vector<int>{7, 15});
}
