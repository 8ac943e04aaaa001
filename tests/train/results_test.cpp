// The published results: every folder below docs/results holds what its summary says.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>

#include "compress/packed/packed_model.h"
#include "framework/data/catalogue.h"
#include "framework/data/split.h"
#include "framework/files/file.h"
#include "framework/json/json.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/program.h"
#include "train/config/run_config.h"
#include "train/task/evaluate.h"
#include "train/task/loss_config.h"

using namespace pare;

TEST_CASE("results: every published model has the bytes and the accuracy of its summary") {
  int models = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PARE_SOURCE_DIR "/docs/results")) {
    const std::string folder = entry.path().string();
    if (!std::filesystem::exists(folder + "/model.pare")) continue;
    CAPTURE(folder);
    ++models;
    const Json summary = parse_json(read_text_file(folder + "/summary.json", 1 << 20), folder);
    CHECK(summary.find("model_bytes")->integer() == static_cast<int64_t>(file_size(folder + "/model.pare")));
    const PackedModel model = read_model(folder + "/model.pare");
    Dataset data;
    try {
      const Json config = parse_json(read_text_file(folder + "/config.json", 1 << 20), folder);
      data = config.find("data")->find("source") != nullptr
                 ? load_data(load_run_config(folder + "/config.json", {}).data, "")
                 : load_dataset(model.spec.data, "", Part::TestOnly);
    } catch (const Error& error) {
      MESSAGE("skipped the accuracy: " << error.what());
      continue;
    }
    const Batches batches = Batches::in_order(*data.test, all_indices(data.test->count()),
                                              model.spec.normalisation, kEvaluationBatch);
    // Sums round differently on another CPU; an image or two may fall the other way.
    const std::unique_ptr<Task> task = task_of(model.spec);
    for (const auto& [name, value] : metrics_of(*task, evaluate(*model.network, *task, batches, DType::F32)))
      if (const Json* const published = summary.find("test_" + name))
        CHECK_MESSAGE(value == doctest::Approx(published->number()).epsilon(3e-4), name);
    CHECK(summary.find(text("test_", task->metric())) != nullptr);
  }
  CHECK(models > 0);
}

TEST_CASE("results: every network that was quantised without training has what the command said") {
  int models = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(PARE_SOURCE_DIR "/docs/results")) {
    const std::string folder = entry.path().string(), path = folder + "/quantised.pare";
    if (!std::filesystem::exists(path)) continue;
    CAPTURE(folder);
    ++models;
    const Json said = parse_json(read_text_file(folder + "/quantised.json", 1 << 20), folder);
    CHECK(said.find("after")->find("bytes")->integer() == static_cast<int64_t>(file_size(path)));
    const PackedModel model = read_model(path);
    Dataset data;
    try {
      data = load_dataset(model.spec.data, "", Part::TestOnly);
    } catch (const Error& error) {
      MESSAGE("skipped the accuracy: " << error.what());
      continue;
    }
    const Batches batches = Batches::in_order(*data.test, all_indices(data.test->count()),
                                              model.spec.normalisation, kEvaluationBatch);
    // An activation near the middle between two integers may fall the other way on another CPU.
    CHECK(evaluate(*model.network, *task_of(model.spec), batches, DType::F32).metric() ==
          doctest::Approx(said.find("after")->find("test_accuracy")->number()).epsilon(1e-3));
  }
  CHECK(models > 0);
}

TEST_SUITE("slow") {
  // An activation near the middle between two integers may fall the other way on another CPU.
  TEST_CASE("results: the published networks lose as little by 8-bit activations as the page says") {
    const std::string page = read_text_file(PARE_SOURCE_DIR "/docs/quantisation.md", 1 << 20);
    const std::regex row(R"(\| `([a-z0-9-]+)` \| ([0-9.]+) % \| ([0-9.]+) % \|)");
    const TemporaryDirectory place;
    int rows = 0;
    for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at, ++rows) {
      const std::string name = (*at)[1];
      std::vector<std::string> arguments{"quantise", PARE_SOURCE_DIR "/docs/results/" + name + "/model.pare",
                                         "-o", "out.pare", "--json"};
      const char* const data = std::getenv("PARE_DATA");  // which the program's tests do not hand on
      if (data != nullptr && !name.starts_with("fashion"))
        arguments.insert(arguments.end(), {"--data-dir", data});
      const Result said = run_program(place.path(), arguments);
      if (contains(said.err, "not found")) {
        MESSAGE("skipped ", name, ": ", said.err);
        continue;
      }
      REQUIRE_MESSAGE(said.exit_code == 0, said.err);
      const Json json = parse_json(said.out, name);
      for (const auto& [key, column] : {std::pair{"before", 2}, std::pair{"after", 3}})
        CHECK_MESSAGE(100 * json.find(key)->find("test_accuracy")->number() ==
                          doctest::Approx(std::stod((*at)[static_cast<size_t>(column)])).epsilon(6e-4),
                      name);
    }
    CHECK(rows > 10);
  }
}
