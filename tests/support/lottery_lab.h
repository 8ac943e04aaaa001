// A lottery of seconds: images of 5x5 pixels whose class is a bright pixel, a config, and what it leaves.
#pragma once

#include <doctest/doctest.h>

#include "framework/config/config.h"
#include "framework/files/file.h"
#include "tests/support/data_fixtures.h"
#include "train/lottery/replicate.h"

namespace pare {

constexpr int kLabSide = 5;

// Images whose class is a bright pixel under noise.
inline void write_part(const TemporaryDirectory& directory, const std::string& part, uint32_t count,
                       uint32_t seed) {
  Bytes pixels = noise(size_t{count} * kLabSide * kLabSide, seed), labels;
  for (uint32_t i = 0; i < count; ++i) {
    for (size_t p = 0; p < kLabSide * kLabSide; ++p) pixels[i * kLabSide * kLabSide + p] /= 2;
    labels.push_back(static_cast<uint8_t>(i % 10));
    pixels[i * kLabSide * kLabSide + 2 * (i % 10)] = 255;
  }
  directory.write("mnist/" + part + "-images-idx3-ubyte",
                  idx_bytes(0x803, {count, kLabSide, kLabSide}, pixels));
  directory.write("mnist/" + part + "-labels-idx1-ubyte", idx_bytes(0x801, {count}, labels));
}

inline const char* const kLabConfig = R"({
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
    config = parse_json(kLabConfig, "tiny.json");
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
    LotteryReplicate hunt(std::move(read), directory, replicate, files.path(), Verbosity::Quiet);
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

inline std::vector<float> numbers(const SafetensorsFile& file, const std::string& name) {
  const Tensor* const tensor = file.find(name);
  REQUIRE(tensor != nullptr);
  const Tensor plain = tensor->to(DType::F32);
  return {plain.floats().begin(), plain.floats().end()};
}

}  // namespace pare
