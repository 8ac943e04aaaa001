// The config's switch of Winograd's algorithm, as a run and `pare bench` take it.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "framework/data/catalogue.h"
#include "framework/parallel/threads.h"
#include "tests/support/lottery_lab.h"
#include "tests/support/tiny_run.h"
#include "tests/support/two_steps.h"
#include "train/experiment.h"
#include "train/model_file.h"
#include "train/train.h"

using namespace pare;

namespace {

const std::string kConfig = PARE_SOURCE_DIR "/configs/bench/resnet20.json";

// What oneDNN does in the same steps: convolutions, and weights turned around, which Winograd's transform
// asks for.
struct Calls {
  int convolutions = 0, turned = 0;
};
Calls calls_with(const std::string& overrides) {
  const TemporaryDirectory folder;
  const std::string log = folder.path() + "/log";
  const std::string command =
      text("ONEDNN_VERBOSE=1 '", PARE_BINARY, "' bench '", kConfig,
           "' --synthetic --json --seconds 0.001 --threads 1 --set data.validation=0 --set data.batch=32",
           overrides, " >'", log, "' 2>&1");
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream in(log);
  Calls calls;
  for (std::string line; std::getline(in, line);) {
    if (line.find(",exec,") == std::string::npos) continue;
    if (line.find(",convolution,") != std::string::npos) ++calls.convolutions;
    if (line.find(",reorder,") == std::string::npos) continue;
    const size_t end = line.rfind(','), begin = line.rfind(',', end - 1) + 1;
    const std::string extents = line.substr(begin, end - begin);  // "OxI" of a matrix
    if (std::count(extents.begin(), extents.end(), 'x') == 1) ++calls.turned;
  }
  return calls;
}

std::vector<uint8_t> trained(const char* winograd) {
  RunConfig config = load_run_config(
      kConfig, {"threads=1", "data.batch=16", "data.validation=0", text("winograd=", winograd)});
  Dataset images = synthetic_dataset(config.data.name, 32);
  Experiment experiment(std::move(config), std::move(images));
  return after_two_steps(experiment);
}

}  // namespace

TEST_CASE("winograd: switched off, bench calls none of its kernels, and by default it does") {
  const Calls by_default = calls_with(""), off = calls_with(" --set winograd=false");
  CHECK(by_default.turned > 0);
  CHECK(off.turned == 0);
  CHECK(off.convolutions > 0);
}

TEST_CASE("winograd: a run with it and one without end with different bits, each always with its own") {
  CHECK(trained("true") != trained("false"));
  CHECK(trained("false") == trained("false"));
}

TEST_CASE(
    "winograd: a run and a lottery's level work in the context of their config, and a checkpoint keeps the "
    "choice") {
  const TemporaryDirectory files;
  write_tiny_data(files);
  for (const bool winograd : {true, false}) {
    auto config = read_config<RunConfig>(parse_json(kTinyConfig, "tiny"), "tiny");
    config.winograd = winograd;
    config.threads = 2;
    const std::string out = files.path() + (winograd ? "/with" : "/without");
    int asked = 0;
    const auto stop = [&] {
      CHECK(threads() == 2);
      CHECK(Context::current().winograd() == winograd);
      return ++asked == 3;
    };
    CHECK(train(std::move(config), {.out = out, .data_directory = files.path() + "/data", .stop = stop}) ==
          Outcome::Interrupted);
    CHECK(threads() == 1);  // the tests' own context again
    CHECK(open_model(out + "/checkpoint.safetensors", files.path() + "/data").winograd == winograd);
  }
  Lab lab;
  lab.config.set("winograd", false);
  LotteryConfig config = read_lottery_config(lab.config, "tiny.json");
  const LotteryDirectory directory(lab.out("lottery"));
  directory.start(write_config(config));
  LotteryReplicate hunt(std::move(config), directory, 1, lab.files.path(), Verbosity::Quiet);
  int asked = 0;
  hunt.run({0}, [&] {
    CHECK_FALSE(Context::current().winograd());
    return ++asked == 3;
  });
  CHECK(asked == 3);
}
