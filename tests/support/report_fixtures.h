// Run directories as `pare train` and `pare lottery` leave them, without the training.
#pragma once

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "framework/json/json.h"

class ExampleRun {
 public:
  // Two layers whose channels leave one by one, over this many epochs.
  ExampleRun(const std::string& directory, const std::string& name, int epochs)
      : path_(std::filesystem::temp_directory_path() / pare::text("pare-report-test-", getpid()) /
              directory) {
    using pare::Json;
    std::filesystem::create_directories(path_);
    append("config.json",
           dump(Json::object(
               {{"name", name}, {"compress", Json::object({{"bits", 6}, {"gamma", 0.1 * epochs}})}})));
    for (int epoch = 1; epoch <= epochs; ++epoch)
      append("metrics.jsonl", dump_line(metrics(epoch, epochs)) + "\n");
    append("summary.json", dump(Json::object({{"name", name},
                                              {"test_accuracy", 0.8 + 0.01 * epochs},
                                              {"model_bytes", 1000 + 1000 * epochs},
                                              {"dense_bytes", 100000},
                                              {"threads", 1},
                                              {"channels", "5-10"},
                                              {"train_flops", 600},
                                              {"train_flops_dense", 1000},
                                              {"wall_seconds", 75.5}})));
    const auto of_class = [](const char* class_name, int examples, int predicted, int right) {
      return Json::object({{"name", class_name},
                           {"examples", examples},
                           {"predicted", predicted},
                           {"right", right},
                           {"precision", 1.0 * right / predicted},
                           {"recall", 1.0 * right / examples},
                           {"f1", 2.0 * right / (examples + predicted)}});
    };
    append("evaluation.json",
           dump(Json::object(
               {{"examples", 100},
                {"metrics", Json::object({{"accuracy", 0.8 + 0.01 * epochs}, {"macro_f1", 0.8}})},
                {"classes", Json::array({of_class("sun", 60, 55, 50), of_class("<rain>", 40, 45, 35)})},
                {"confusion", Json::array({Json::array({0, 0, 50}), Json::array({0, 1, 10}),
                                           Json::array({1, 0, 5}), Json::array({1, 1, 35})})}})));
  }
  ~ExampleRun() { std::filesystem::remove_all(path_); }
  ExampleRun(const ExampleRun&) = delete;
  ExampleRun& operator=(const ExampleRun&) = delete;

  std::string path() const { return path_.string(); }
  void append(const std::string& file, const std::string& text) const {
    std::ofstream(path_ / file, std::ios::app) << text;
  }
  void remove(const std::string& file) const { std::filesystem::remove(path_ / file); }

  static pare::Json metrics(int epoch, int epochs) {
    using pare::Json;
    const double done = static_cast<double>(epoch) / epochs;
    Json hidden = Json::array(), out = Json::array();
    const int alive = 20 - static_cast<int>(15 * done);
    for (int i = 0; i < 20; ++i) hidden.push(i < alive ? Json(6 - 3 * done + 0.1 * i) : Json(0));
    for (int i = 0; i < 10; ++i) out.push(6.0);
    return Json::object({{"epoch", epoch},
                         {"step", 100 * epoch},
                         {"task_loss", 1 - 0.5 * done},
                         {"train_accuracy", 0.7 + 0.2 * done},
                         {"validation_loss", 1.1 - 0.5 * done},
                         {"validation_accuracy", 0.7 + 0.15 * done},
                         {"mean_bits", 6 - 5 * done},
                         {"live_channels", alive + 10},
                         {"bytes", 20000 - static_cast<int>(15000 * done)},
                         {"layers", Json::array({Json::object({{"name", "0.conv2d"},
                                                               {"channels", alive},
                                                               {"original_channels", 20},
                                                               {"bits", 5.5},
                                                               {"channel_bits", hidden}}),
                                                 Json::object({{"name", "1.linear"},
                                                               {"channels", 10},
                                                               {"original_channels", 10},
                                                               {"bits", 6.0},
                                                               {"channel_bits", out}})})},
                         {"train_flops", 60 * epoch},
                         {"train_flops_dense", 100 * epoch},
                         {"seconds", 5 - 3 * done}});
  }

 private:
  std::filesystem::path path_;
};

// The directory of a lottery of three replicates whose tickets beat random weights, without the training.
class ExampleLottery {
 public:
  explicit ExampleLottery(const std::string& directory, int levels = 9, int replicates = 3)
      : path_(std::filesystem::temp_directory_path() / pare::text("pare-report-test-", getpid()) /
              directory) {
    using pare::Json;
    std::filesystem::create_directories(path_);
    std::ofstream(path_ / "config.json") << dump(Json::object({{"name", directory}})) << "\n";
    std::ofstream lines(path_ / "levels.jsonl");
    for (int replicate = 1; replicate <= replicates; ++replicate)
      for (int level = 0; level <= levels; ++level) {
        lines << dump_line(row(replicate, level, "main", "imp")) << "\n";
        if (level == 3 || level == 7)
          lines << dump_line(row(replicate, level, "branch", "random_reinit")) << "\n";
      }
  }
  ~ExampleLottery() { std::filesystem::remove_all(path_); }
  ExampleLottery(const ExampleLottery&) = delete;
  ExampleLottery& operator=(const ExampleLottery&) = delete;

  std::string path() const { return path_.string(); }

  static pare::Json row(int replicate, int level, const char* role, const char* method) {
    using pare::Json;
    const double density = std::pow(0.8, level), worse = role == std::string("main") ? 0 : 0.002 * level;
    return Json::object({{"replicate", replicate},
                         {"level", level},
                         {"role", role},
                         {"method", method},
                         {"recipe", Json::object({{"first", 0}, {"total", 5000}})},
                         {"density", density},
                         {"early_stop", static_cast<int>(3000 - 150 * level + 2e5 * worse + 40 * replicate)},
                         {"test_accuracy", 0.98 + 0.0004 * level - worse + 0.0003 * replicate},
                         {"end_test_accuracy", 0.979 + 0.0004 * level - worse},
                         {"model_bytes", static_cast<int>(1e6 * density)},
                         {"dense_bytes", 1066440}});
  }

 private:
  std::filesystem::path path_;
};
