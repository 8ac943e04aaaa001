// What a config extends, and a name that comes from the file's.
#include "train/config/config_file.h"
#include "framework/kernels/elementwise/precision.h"
#include "train/config/run_config.h"

#include <doctest/doctest.h>

#include "framework/base/error.h"
#include "tests/support/tiny_run.h"
#include "train/config/run_config.h"

using namespace pare;

namespace {

// The config of a folder's file, on one line, or what is wrong with it.
std::string loaded(const TemporaryDirectory& folder, const std::string& name,
                   const std::vector<std::string>& overrides = {}) {
  try {
    return dump_line(load_config(folder.path() + "/" + name, overrides).json);
  } catch (const Error& error) {
    CHECK(error.failure() == Failure::Usage);
    return error.what();
  }
}

}  // namespace

TEST_CASE("config file: keys of an extended config hold unless they stand in the file, its name never does") {
  const TemporaryDirectory folder;
  folder.write("base.json",
               bytes_of_text(R"({"name": "first", "epochs": 3, "optimizer": {"name": "sgd", "lr": 0.1}})"));
  folder.write("sub/next.json",
               bytes_of_text(R"({"extends": "../base.json", "optimizer": {"name": "adam"}, "seed": 2})"));
  folder.write("sub/last.json", bytes_of_text(R"({"extends": "next.json", "seed": 3})"));
  CHECK(loaded(folder, "sub/next.json") ==
        R"({"epochs":3,"optimizer":{"name":"adam"},"seed":2,"name":"next"})");
  CHECK(loaded(folder, "sub/last.json", {"epochs=4"}) ==
        R"({"epochs":4,"optimizer":{"name":"adam"},"seed":3,"name":"last"})");
}

TEST_CASE("config file: a wrong extends is named, with the file it stands in") {
  const TemporaryDirectory folder;
  folder.write("missing.json", bytes_of_text(R"({"extends": "nowhere.json"})"));
  folder.write("number.json", bytes_of_text(R"({"extends": 3})"));
  folder.write("self.json", bytes_of_text(R"({"extends": "self.json"})"));
  folder.write("list.json", bytes_of_text("[]"));
  folder.write("of_list.json", bytes_of_text(R"({"extends": "list.json"})"));
  CHECK(loaded(folder, "missing.json").find("missing.json: extends: there is no ") != std::string::npos);
  CHECK(loaded(folder, "number.json")
            .ends_with("number.json: extends: expected the path of a config, got number 3"));
  CHECK(loaded(folder, "self.json").find("does one extend itself?") != std::string::npos);
  CHECK(loaded(folder, "of_list.json").find("list.json: expected an object, got an array") !=
        std::string::npos);
}

TEST_CASE("config file: what is wrong in an extended config is said with its name") {
  const TemporaryDirectory folder;
  folder.write("base.json", bytes_of_text(R"({"data": {"name": "mnist", "bach": 3}})"));
  folder.write("sub/top.json", bytes_of_text(R"({"extends": "../base.json"})"));
  const std::string top = folder.path() + "/sub/top.json", base = folder.path() + "/sub/../base.json";
  try {
    load_run_config(top, {});
    FAIL("a key that does not exist was taken");
  } catch (const Error& error) {
    CHECK(std::string(error.what()).starts_with(top + " (extends " + base + "): unknown key 'data.bach'"));
  }
}

TEST_CASE("config: precision auto is what the CPU computes in, and is written as that") {
  const auto precision = [](const std::string& word) {
    return read_config<RunConfig>(
        parse_json(R"({"network": [{"layer": "linear", "features": 1}], "precision": ")" + word + "\"}",
                   "test"),
        "test");
  };
  const RunConfig chosen = precision("auto");
  CHECK(chosen.precision == (bf16_is_supported() ? DType::BF16 : DType::F32));
  CHECK(write_config(chosen).find("precision")->string() == (bf16_is_supported() ? "bf16" : "f32"));
  CHECK(precision("f32").precision == DType::F32);
  CHECK(precision("bf16").precision == DType::BF16);
}
