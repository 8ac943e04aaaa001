// A run of seconds: a little data set that can be learnt, and a config for it.
#pragma once

#include <string>

#include "tests/support/data_fixtures.h"

namespace pare {

constexpr int kTinySide = 12;

struct TinySet {
  Bytes images, labels;  // idx files
};

// Ten classes, each a bright square at its own place, over noise.
inline TinySet tiny_set(uint32_t count, uint32_t seed) {
  constexpr uint32_t kPixels = kTinySide * kTinySide;
  Bytes pixels = noise(count * kPixels, seed), labels;
  for (uint8_t& pixel : pixels) pixel /= 4;
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t label = (i * 7 + seed) % 10;
    labels.push_back(static_cast<uint8_t>(label));
    for (uint32_t y = 0; y < 3; ++y)
      for (uint32_t x = 0; x < 3; ++x)
        pixels[i * kPixels + (y + 4 * (label / 4)) * kTinySide + x + 3 * (label % 4)] = 240;
  }
  return {idx_bytes(0x803, {count, kTinySide, kTinySide}, pixels), idx_bytes(0x801, {count}, labels)};
}

inline void write_tiny_data(const TemporaryDirectory& directory, const std::string& below = "data") {
  const TinySet train = tiny_set(400, 1), test = tiny_set(200, 2);
  const std::string folder = below + "/fashion-mnist/";
  directory.write(folder + "train-images-idx3-ubyte.gz", gzipped(train.images));
  directory.write(folder + "train-labels-idx1-ubyte.gz", gzipped(train.labels));
  directory.write(folder + "t10k-images-idx3-ubyte", test.images);
  directory.write(folder + "t10k-labels-idx1-ubyte", test.labels);
}

inline const std::string kTinyConfig = R"({
  // comments are fine
  "name": "tiny", "seed": 3, "threads": 1,
  "data": {"name": "fashion-mnist", "batch": 25, "validation": 50, "augment": {"shift": 1}},
  "network": [
    {"layer": "conv2d", "channels": 6, "kernel": 3}, {"layer": "max_pool"}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 8, "kernel": 3}, {"layer": "relu"}, {"layer": "flatten"},
    {"layer": "linear", "features": 24}, {"layer": "relu"}, {"layer": "dropout", "rate": 0.1},
    {"layer": "linear", "features": 10}],
  "optimizer": {"name": "adam", "lr": 0.01},
  "schedule": {"name": "linear", "start": 0.5},
  "epochs": 8,
  "compress": {"method": "self_compress", "bits": 4, "gamma": 0.05, "rate": 0.05, "bits_lr": 0.1, "remove_every": 5}
})";

inline Bytes bytes_of_text(const std::string& text) { return {text.begin(), text.end()}; }

// A directory with the data set and the config as tiny.json, for runs of the program.
struct TinyRuns {
  TemporaryDirectory directory;

  TinyRuns() {
    write_tiny_data(directory);
    directory.write("tiny.json", bytes_of_text(kTinyConfig));
  }
  std::string path(const std::string& name) const { return directory.path() + "/" + name; }
};

}  // namespace pare
