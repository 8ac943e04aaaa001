// Runs of tiny.json by the program, each in a directory of its own.
#pragma once

#include "framework/json/json.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"

namespace pare {

struct TrainingRuns : TinyRuns {
  using Arguments = std::vector<std::string>;

  Arguments usual{};  // of every run

  Json json(const std::string& name) const { return parse_json(contents(path(name)), name); }
  Arguments training(const std::string& out, const Arguments& more) const {
    Arguments arguments{"train", "tiny.json", "--data-dir", "data", "--out", out};
    arguments.insert(arguments.end(), usual.begin(), usual.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  Result train(const std::string& out, const Arguments& more) const {
    return run_program(directory.path(), training(out, more));
  }
  void train_well(const std::string& out, const Arguments& more) const {
    const Result result = train(out, more);
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
  }
};

}  // namespace pare
