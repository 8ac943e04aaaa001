// The configs people run: every file below configs/ passes the strict reader and builds its network.
#include <doctest/doctest.h>
#include <algorithm>

#include <filesystem>
#include <map>
#include <set>

#include "framework/config/config.h"
#include "framework/data/catalogue.h"
#include "tests/support/array_fixtures.h"
#include "tests/support/picture_fixtures.h"
#include "tests/support/sound_fixtures.h"
#include "tests/support/tiny_run.h"
#include "train/config/config_file.h"
#include "train/config/sweep_plan.h"
#include "train/experiment.h"
#include "train/lottery/lottery_config.h"

using namespace pare;

namespace {

// Weights the papers state, for the names that have one.
const std::map<std::string, int64_t> kWeights = {
    {"lenet300", 266'200},
    {"lenet300_selfcompress", 266'200},
    {"lenet300_mnist", 266'200},
    {"lenet5", 430'500},
    {"lenet5_selfcompress", 430'500},
    {"conv2", 4'300'992},
    {"conv2_cifar10", 4'300'992},
    {"conv4", 2'425'024},
    {"conv4_cifar10", 2'425'024},
    {"conv6", 2'261'184},
    {"conv6_selfcompress", 2'261'184},
    {"conv6_cifar10", 2'261'184},
    {"resnet20", 270'896},
    {"resnet20_selfcompress", 270'896},
    {"resnet56", 851'504},
    {"resnet9", 6'568'640},
    {"resnet9_selfcompress", 6'568'640},
    {"vgg16", 14'715'584},
};

// By the strict reader of the command that the file is for.
RunConfig read_by_its_command(const std::filesystem::path& path) {
  const std::vector<std::string> overrides = {"data.validation=1", "threads=1",
                                              "precision=f32",            // which any CPU has
                                              "initialiser=he_uniform"};  // the fastest
  if (path.parent_path().filename() == "sweep") {
    std::vector<SweepRun> runs = expand_sweep(load_config(path.string(), overrides).json, path.string());
    runs.front().config.set("name", path.stem().string());
    return read_config<RunConfig>(runs.front().config, path.string());
  }
  if (path.parent_path().filename() != "lottery") {
    RunConfig config = load_run_config(path.string(), overrides);
    config.teacher.reset();  // whose files are those of another run
    return config;
  }
  return read_lottery_config(load_config(path.string(), overrides).json, path.string());
}

// Files as the configs in configs/own/ want them.
Dataset own_data(const RunConfig& config) {
  static const TemporaryDirectory directory;  // pictures are read when they are wanted
  std::string table = "width,height,label\n";
  for (int i = 0; i < 60; ++i) table += text(i, ",", i * i, ",", i % 3, "\n");
  directory.write("my-table.csv", bytes_of_text(table));
  std::string sensors = "recording,x,y,label\n", numbers = "width,height,price\n", texts = "text,label\n";
  for (int i = 0; i < 6000; ++i) sensors += text(i / 500, ",", i % 7, ",", i % 11, ",", i / 500 % 3, "\n");
  for (int i = 0; i < 60; ++i) numbers += text(i, ",", i * i, ",", 1.5 * i, "\n");
  for (int i = 0; i < 200; ++i) texts += text(i % 2 ? "you won " : "see you at ", i, ",", i % 2, "\n");
  directory.write("my-sensors.csv", bytes_of_text(sensors));
  directory.write("my-numbers.csv", bytes_of_text(numbers));
  directory.write("my-texts.csv", bytes_of_text(texts));
  Bytes classes;
  for (uint8_t i = 0; i < 100; ++i) classes.push_back(i % 10);
  const Bytes images = npy_bytes("|u1", "100, 28, 28", noise(100 * 784)),
              labels = npy_bytes("|u1", "100,", classes);
  write_npz(directory, "my-arrays.npz",
            {{"x_train", images}, {"y_train", labels}, {"x_test", images}, {"y_test", labels}});
  for (const char* name : {"cat", "dog", "horse"})
    for (uint32_t i = 0; i < 20; ++i)
      directory.write(text("my-pictures/", name, "/", i, ".png"), png_of(noise_picture(40, 50, 3, i)));
  for (const char* name : {"no", "stop", "yes"})
    for (uint32_t i = 0; i < 60; ++i)
      directory.write(text("my-sounds/", name, "/", i, ".wav"), sound_bytes(noise_samples(8000, i), 16000));
  write_digits(directory);
  return config.data.source->load(directory.path());
}

}  // namespace

TEST_CASE("configs: every file reads, builds its network and has the weights it should have") {
  std::set<std::string> known;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PARE_SOURCE_DIR "/configs")) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path().string());
    RunConfig config = read_by_its_command(entry.path());
    CHECK(config.name == entry.path().stem().string());
    const std::string name = config.name;
    Dataset images =
        config.data.source ? own_data(config) : synthetic_dataset(config.data.name, config.data.batch + 1);
    const Experiment experiment(std::move(config), std::move(images));
    if (const auto expected = kWeights.find(name); expected != kWeights.end()) {
      CHECK(experiment.original_weights() == expected->second);
      known.insert(name);
    }
  }
  CHECK(known.size() == kWeights.size());  // those of the papers are all there
}

TEST_CASE("configs: images made up have the data set's shape and all its classes, the same ones each time") {
  const Dataset images = synthetic_dataset("cifar-10", 100), again = synthetic_dataset("cifar-10", 100);
  CHECK(images.train->count() == 100);
  CHECK(images.train->input() == InputShape{32, 32, 3, Element::U8});
  CHECK(images.train->fingerprint() == again.train->fingerprint());
  std::vector<bool> seen(images.spec.classes.size());
  for (int i = 0; i < 100; ++i) seen.at(static_cast<size_t>(images.train->label(i))) = true;
  CHECK(std::count(seen.begin(), seen.end(), true) == 10);
  CHECK_THROWS_AS(synthetic_dataset("nonsense", 1), Error);
}
