// Groups of parameters, from the config to the files of a run: transfer with frozen layers, rates of their
// own.
#include "framework/config/config.h"
#include "framework/files/formats/safetensors.h"
#include "optim/parameter_groups.h"
#include "tests/support/network_fixtures.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"
#include "train/run/checkpoint.h"

using namespace pare;

namespace {

using Arguments = std::vector<std::string>;

struct Runs : TinyRuns {
  Arguments training(const std::string& out, const std::string& groups, const Arguments& more) const {
    Arguments arguments{"train", "tiny.json", "--data-dir", "data",  "--out",
                        out,     "--threads", "1",          "--set", R"(schedule={"name":"constant"})"};
    if (!groups.empty()) arguments.insert(arguments.end(), {"--set", "optimizer.groups=" + groups});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  void train_well(const std::string& out, const std::string& groups, const Arguments& more) const {
    const Result result = run_program(directory.path(), training(out, groups, more));
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
  }
  SafetensorsFile checkpoint(const std::string& run) const {
    return read_safetensors(path(run + "/checkpoint.safetensors"));
  }
};

// Bit for bit.
bool same(const SafetensorsFile& a, const SafetensorsFile& b, const std::string& name) {
  REQUIRE_MESSAGE(a.find(name) != nullptr, name);
  REQUIRE_MESSAGE(b.find(name) != nullptr, name);
  return a.find(name)->shape() == b.find(name)->shape() && numbers(*a.find(name)) == numbers(*b.find(name));
}

const char* const kFirstLayers = R"([{"match": "0.conv2d.*", "trainable": false},
                                     {"match": "3.conv2d.*", "trainable": false}])";
const Arguments kFrozen = {
    "0.conv2d.weight", "0.conv2d.weight.bits", "0.conv2d.weight.exponents", "0.conv2d.bias",
    "3.conv2d.weight", "3.conv2d.weight.bits", "3.conv2d.weight.exponents", "3.conv2d.bias"};

}  // namespace

TEST_CASE("groups: frozen layers are those of the other run at the end, under self_compress, too") {
  const Runs place;
  place.train_well("first", "", {"--set", R"(compress={"method":"none"})", "--set", "epochs=2"});
  const Arguments after{"--init-from", "first/checkpoint.safetensors"};
  for (const std::string method : {R"({"method":"none"})",
                                   R"({"method":"self_compress","bits":4,"gamma":0.3,"rate":0.1,"bits_lr":0.2,
                                       "remove_every":5,"remove_zeros":true})"}) {
    CAPTURE(method);
    const std::string out = contains(method, "none") ? "dense" : "compressed";
    Arguments more{"--set", "compress=" + method, "--set", "epochs=4"};
    more.insert(more.end(), after.begin(), after.end());
    place.train_well(out, kFirstLayers, more);
    // What the run began with: the same, stopped before anything moved.
    more[3] = "epochs=1it";
    place.train_well(out + "-start", kFirstLayers, more);
    const SafetensorsFile first = place.checkpoint("first"), start = place.checkpoint(out + "-start"),
                          end = place.checkpoint(out);
    for (const std::string& name : kFrozen) {
      CAPTURE(name);
      if (end.find(name) == nullptr) continue;  // dense weights have no bits
      CHECK(same(start, end, name));
      if (first.find(name) != nullptr) CHECK(same(first, end, name));
      CHECK(end.find(name + ".slot.0") == nullptr);
    }
    CHECK(end.find("9.linear.weight.slot.0") != nullptr);
    CHECK(!same(start, end, "9.linear.bias"));
    if (out == "compressed")  // the others did lose channels
      CHECK(end.find("6.linear.weight")->shape()[0] < 24);
  }
}

TEST_CASE("groups: layers and bits have rates of their own") {
  const Runs place;
  place.train_well("start", "", {"--set", "epochs=1it"});
  place.train_well("slow", R"([{"match": "0.conv2d.*", "rate": 0}, {"match": "bits", "rate": 0}])",
                   {"--set", "epochs=1"});
  const SafetensorsFile slow = place.checkpoint("slow");
  for (const float bits : slow.find("3.conv2d.weight.bits")->floats()) CHECK(bits == 4);
  CHECK(slow.find("0.conv2d.weight.slot.0") != nullptr);  // it has a gradient, and a rate of 0
  CHECK(!same(slow, place.checkpoint("start"), "3.conv2d.weight"));
}

TEST_CASE("groups: a kind is a group by another name") {
  const Runs place;
  place.train_well(
      "kinds", "",
      {"--set", R"(optimizer.kinds={"bias":{"rate":0.5,"weight_decay":0.01}})", "--set", "epochs=2"});
  place.train_well("groups", R"([{"match": "bias", "rate": 0.5, "weight_decay": 0.01}])",
                   {"--set", "epochs=2"});
  CHECK(contents(place.path("kinds/model.pare")) == contents(place.path("groups/model.pare")));
}

TEST_CASE("groups: a killed and resumed run gives the bytes of one that nobody touched") {
  const Runs place;
  const char* const groups =
      R"([{"match": "0.conv2d.*", "trainable": false}, {"match": "bits", "rate": 0.5}])";
  place.train_well("whole", groups, {"--set", "epochs=6"});
  Program program(place.directory.path(), place.training("killed", groups, {"--set", "epochs=6"}));
  program.signal_at(place.path("killed/metrics.jsonl"), 2, SIGKILL);
  program.wait();
  place.train_well("killed", groups, {"--set", "epochs=6", "--resume"});
  CHECK(contents(place.path("killed/model.pare")) == contents(place.path("whole/model.pare")));
}

TEST_CASE("groups: a wrong pattern is refused before the run has a directory") {
  const Runs place;
  const Result result =
      run_program(place.directory.path(), place.training("run", R"([{"match": "0.conv.*", "rate": 2}])", {}));
  CHECK(result.exit_code == 2);
  CHECK_MESSAGE(contains(result.err, "'0.conv2d.*'"), result.err);
  CHECK(!std::filesystem::exists(place.path("run")));
}
