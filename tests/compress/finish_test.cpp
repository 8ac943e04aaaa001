// What is trained is what is stored: the file at the end of a run is the network whose accuracy the run
// showed.
#include <algorithm>

#include "framework/config/config.h"
#include "framework/files/formats/safetensors.h"
#include "tests/support/network_fixtures.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"
#include "train/run/grid_choice.h"

using namespace pare;

namespace {

class Runs {
 public:
  Runs() {
    write_tiny_data(directory_);
    directory_.write("tiny.json", bytes_of_text(kTinyConfig));
  }
  Result train(const std::string& out, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"train",     "tiny.json", "--data-dir", "data",
                                       "--threads", "1",         "--out",      out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Result result = run_program(directory_.path(), arguments);
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
    return result;
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  Json json(const std::string& name) const { return parse_json(contents(path(name)), name); }
  Json last_epoch(const std::string& out) const {
    std::istringstream text(contents(path(out + "/metrics.jsonl")));
    std::string last;
    for (std::string line; std::getline(text, line);) last = line;
    return parse_json(last, "metrics");
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("finish: the last epoch line tells bytes and validation accuracy of the file") {
  const Runs runs;
  // With batch norm, so that the file holds another network than the one in training.
  const std::string network =
      R"(network=[{"layer": "conv2d", "channels": 6, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},)"
      R"({"layer": "max_pool"}, {"layer": "linear", "features": 10}])";
  runs.train("run", {"--set", network, "--set", "epochs=3"});
  const Json line = runs.last_epoch("run"), config = runs.json("run/config.json");
  CHECK(line.find("bytes")->integer() == runs.json("run/summary.json").find("model_bytes")->integer());
  const Experiment experiment(read_config<RunConfig>(config, "config.json"), runs.path("data"));
  const PackedModel model = read_model(runs.path("run/model.pare"));
  const Score score =
      evaluate(*model.network, experiment.task(), experiment.validation_batches(DType::F32), DType::F32);
  CHECK(score.examples == 50);
  CHECK(line.find("validation_accuracy")->number() == doctest::Approx(score.metric()).epsilon(1e-5));
  CHECK(line.find("validation_loss")->number() == doctest::Approx(score.loss).epsilon(1e-5));
}

TEST_CASE("finish: a run whose file is worse than its network says so on stderr") {
  const Runs runs;
  // Of the scores: what is added to every other one, and what becomes of the first.
  const auto with_biases = [&](const std::string& from, const std::string& to, float added, float first) {
    SafetensorsFile checkpoint = read_safetensors(runs.path(from + "/checkpoint.safetensors"));
    for (NamedTensor& named : checkpoint.tensors) {
      if (named.name != "9.linear.bias") continue;
      named.tensor = named.tensor.clone();
      const auto biases = named.tensor.floats();
      for (size_t i = 1; i < biases.size(); i += 2) biases[i] += added;
      biases[0] += first;
    }
    write_safetensors(runs.path(to), checkpoint);
  };
  // Nothing leaves, so that shapes stay.
  const std::vector<std::string> still{"--set", "compress.gamma=0",     "--set", "compress.rate=1e-9",
                                       "--set", "compress.bits_lr=1e-9"};
  const auto train = [&](const std::string& out, std::vector<std::string> more) {
    more.insert(more.end(), still.begin(), still.end());
    return runs.train(out, more).err;
  };
  CHECK(train("first", {"--set", "epochs=1it"}).empty());
  with_biases("first", "shifted.safetensors", 30, 0);
  CHECK(train("second", {"--init-from", "shifted.safetensors"}).empty());
  // One class is never chosen, by a bias that makes the steps of all others as large as 512.
  with_biases("second", "coarse.safetensors", 0, -5e4f);
  const std::string error = train(
      "third", {"--init-from", "coarse.safetensors", "--set", "epochs=1it", "--set", "optimizer.lr=1e-9"});
  CHECK(contains(error, "pare: writing third/model.pare cost accuracy: "));
  CHECK(contains(error, " % of 50 validation images right before, "));
  CHECK(std::count(error.begin(), error.end(), '\n') == 1);
}

TEST_CASE("finish: the summary says whether the target was met") {
  const Runs runs;
  const auto met = [&](const std::string& bytes) {
    runs.train(bytes, {"--set", "epochs=1", "--set", "compress.target_bytes=" + bytes});
    return runs.json(bytes + "/summary.json").find("target_met")->boolean();
  };
  CHECK(!met("60"));
  CHECK(met("900000"));
  runs.train("free", {"--set", "epochs=1it"});
  CHECK(runs.json("free/summary.json").find("target_met") == nullptr);
}

TEST_CASE("finish: the grid becomes coarser step by step, and finer at once where that costs") {
  const Runs runs;
  Experiment experiment(read_config<RunConfig>(parse_json(kTinyConfig, "tiny"), "tiny"), runs.path("data"));
  Method& method = experiment.method();
  const Position middle{70, 112, 14}, end{112, 112, 14};
  Tensor& biases = parameter(experiment.network(), "9.linear.bias").value;
  // Scores that lie far apart lose nothing.
  for (int64_t c = 0; c < biases.size(); ++c) biases.data<float>()[c] = static_cast<float>(100 * c);
  method.use_grid(1);
  for (const int expected : {2, 3, 4}) {
    const Candidate file = choose_grid(experiment, middle);
    CHECK(method.grid() == expected);
    CHECK(file.snapshot.bytes == experiment.snapshot().bytes);
    CHECK(file.validation.examples == 50);
  }
  const Candidate last = choose_grid(experiment, end);
  CHECK(last.snapshot.bytes == experiment.snapshot().bytes);
  CHECK(method.grid() == 5);  // there is no target
  // Beside a bias as large as -1e5, six bits make steps of 4096: what differs by 16 then differs by 4096, and
  // ten bits hold no difference of 16 either.
  for (int64_t c = 1; c < biases.size(); ++c) biases.data<float>()[c] = c % 2 == 0 ? 2040.0f : 2056.0f;
  biases.data<float>()[0] = -1e5f;
  choose_grid(experiment, middle);
  CHECK(method.grid() == 0);
}

TEST_CASE("finish: at the end of a run with a target the grid becomes coarser only to get below it") {
  const Runs runs;
  const auto grid_at = [&](int64_t bytes) {
    Json config = parse_json(kTinyConfig, "tiny");
    config.find("compress")->set("target_bytes", bytes);
    Experiment experiment(read_config<RunConfig>(config, "tiny"), runs.path("data"));
    Tensor& biases = parameter(experiment.network(), "9.linear.bias").value;
    for (int64_t c = 0; c < biases.size(); ++c) biases.data<float>()[c] = static_cast<float>(100 * c);
    experiment.method().use_grid(1);
    choose_grid(experiment, {112, 112, 14});
    return experiment.method().grid();
  };
  CHECK(grid_at(100'000) == 1);
  CHECK(grid_at(100) == 5);
}

TEST_CASE("finish: a checkpoint from before there were grids is gone on with") {
  const Runs runs;
  Experiment experiment(read_config<RunConfig>(parse_json(kTinyConfig, "tiny"), "tiny"), runs.path("data"));
  Method& method = experiment.method();
  method.use_grid(4);
  const std::vector<double> now = method.state();
  method.use_grid(2);
  method.restore(std::vector<double>{now[0], now[1], now[2]});
  CHECK(method.grid() == 2);
  method.restore(now);
  CHECK(method.grid() == 4);
}
