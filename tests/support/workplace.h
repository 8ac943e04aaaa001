// Workplace: a directory with a tiny data set and config, in which a test runs the program.
#pragma once

#include "framework/json/json.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"

namespace pare {

using Arguments = std::vector<std::string>;

class Workplace {
 public:
  Workplace() {
    write_tiny_data(directory_);
    directory_.write("tiny.json", bytes_of_text(kTinyConfig));
  }

  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string file(const std::string& name) const { return contents(path(name)); }
  Json json(const std::string& name) const { return parse_json(file(name), name); }

  Arguments training(const std::string& out, const Arguments& more = {},
                     const std::string& config = "tiny.json") const {
    Arguments arguments{"train", config, "--data-dir", "data", "--threads", "1", "--out", out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  Result run(const Arguments& arguments) const { return run_program(directory_.path(), arguments); }
  Result train(const std::string& out, const Arguments& more = {},
               const std::string& config = "tiny.json") const {
    return run(training(out, more, config));
  }
  void train_well(const std::string& out, const Arguments& more = {},
                  const std::string& config = "tiny.json") const {
    const Result result = train(out, more, config);
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
    CHECK(result.err.empty());
  }
  const TemporaryDirectory& directory() const { return directory_; }

  // The lines of metrics.jsonl without what a clock said.
  std::vector<Json> metrics(const std::string& out) const {
    std::vector<Json> lines;
    std::istringstream text(file(out + "/metrics.jsonl"));
    for (std::string line; std::getline(text, line);) {
      Json all = parse_json(line, "metrics"), kept = Json::object();
      for (const auto& [key, value] : all.members())
        if (key != "seconds" && key != "images_per_second") kept.set(key, value);
      lines.push_back(std::move(kept));
    }
    return lines;
  }
  void check_same_run(const std::string& one, const std::string& two) const {
    CHECK(!file(one + "/model.pare").empty());
    CHECK(file(one + "/model.pare") == file(two + "/model.pare"));
    CHECK(metrics(one) == metrics(two));
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace pare
