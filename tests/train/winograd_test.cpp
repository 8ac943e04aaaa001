// The config's switch of Winograd's algorithm, as a run and `pare bench` take it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "framework/data/catalogue.h"
#include "tests/support/data_fixtures.h"
#include "train/experiment.h"

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
  const Context::Scope scope(experiment.context());
  TrainingState state;
  experiment.trainer().run(experiment.training_batches(), experiment.schedule(), state, 2,
                           [] { return false; });
  return experiment.snapshot().bytes;
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
