// Data sets that nobody here prepared: scikit-learn's tables, from the file to a packed model by what
// `pare data --config` writes. `./pare test --peers` installs them.
#include <filesystem>

#include "framework/data/formats/gzip_file.h"
#include "framework/json/json.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

const std::string kTables = "/usr/lib/python3/dist-packages/sklearn/datasets/data/";

// A metric of a run that the first config of these files makes.
double trained_on(const TemporaryDirectory& directory, const std::string& table, const char* metric) {
  const Result config = run_program(directory.path(), {"data", table, "--config"});
  REQUIRE_MESSAGE(config.exit_code == 0, config.err);
  directory.write("my.json", bytes_of_text(config.out));
  const std::string run = text("run-", std::filesystem::path(table).filename().string());
  const Result trained =
      run_program(directory.path(), {"train", "my.json", "--out", run, "--threads", "1", "--quiet"});
  REQUIRE_MESSAGE(trained.exit_code == 0, trained.err);
  const Json summary = parse_json(contents(directory.path() + "/" + run + "/summary.json"), "summary");
  CHECK(summary.find("model_bytes")->integer() < 4000);
  const Result predicted = run_program(directory.path(), {"predict", run, table});
  CHECK_MESSAGE(predicted.exit_code == 0, predicted.err);
  return summary.find(metric)->number();
}

}  // namespace

TEST_SUITE("peers") {
  TEST_CASE("tables of others: scikit-learn's are recognised, learnt, packed and predicted without a word") {
    REQUIRE_MESSAGE(std::filesystem::exists(kTables), "run this with ./pare test --peers");
    const TemporaryDirectory directory;
    CHECK(trained_on(directory, kTables + "iris.csv", "test_accuracy") > 0.9);
    CHECK(trained_on(directory, kTables + "wine_data.csv", "test_accuracy") > 0.9);
    CHECK(trained_on(directory, kTables + "breast_cancer.csv", "test_accuracy") > 0.92);
    const auto unpacked = [&](const char* packed, const std::string& name) {
      return directory.write(name, read_gzip_file(kTables + packed));
    };
    CHECK(trained_on(directory, unpacked("digits.csv.gz", "digits.csv"), "test_accuracy") > 0.94);

    // Its inputs and what they ask for are in two files.
    std::istringstream inputs(contents(unpacked("diabetes_data_raw.csv.gz", "inputs"))),
        targets(contents(unpacked("diabetes_target.csv.gz", "targets")));
    std::string rows;
    for (std::string row, target; std::getline(inputs, row) && std::getline(targets, target);)
      rows += row + " " + target + "\n";
    CHECK(trained_on(directory, directory.write("diabetes.txt", bytes_of_text(rows)), "test_r2") > 0.2);
  }
}
