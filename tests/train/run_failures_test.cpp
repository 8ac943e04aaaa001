// What a run does when the world or the training fails: it says so, and loses nothing.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "framework/files/formats/safetensors.h"
#include "framework/json/json.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

using Arguments = std::vector<std::string>;

struct Place {
  TemporaryDirectory directory;

  Place() {
    write_tiny_data(directory);
    directory.write("tiny.json", bytes_of_text(kTinyConfig));
  }
  std::string path(const std::string& name) const { return directory.path() + "/" + name; }
  std::string checkpoint(const std::string& out) const {
    return contents(path(out) + "/checkpoint.safetensors");
  }
  static Arguments training(const std::string& out, const Arguments& more = {}) {
    Arguments arguments{"train", "tiny.json", "--data-dir", "data", "--threads",
                        "1",     "--quiet",   "--out",      out};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  Result train(const std::string& out, const Arguments& more = {}, const DiskSpace& space = {}) const {
    return run_program(directory.path(), training(out, more), space);
  }
  void train_well(const std::string& out, const Arguments& more = {}) const {
    const Result result = train(out, more);
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
  }
  // Trains until this signal, which comes after so many epochs.
  void signal(const std::string& out, const Arguments& more, int epochs, int number) const {
    Program program(directory.path(), training(out, more));
    program.signal_at(path(out) + "/metrics.jsonl", epochs, number);
    CHECK(program.wait().exit_code == (number == SIGKILL ? 128 + SIGKILL : 130));
  }
  bool has_partial_files(const std::string& out) const {
    for (const auto& entry : std::filesystem::directory_iterator(path(out)))
      if (contains(entry.path().filename(), ".partial-")) return true;
    return false;
  }
};

void check_one_line(const Result& result, int exit_code, const std::vector<std::string>& says) {
  CAPTURE(result.err);
  CHECK(result.exit_code == exit_code);
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  for (const std::string& part : says) CHECK_MESSAGE(contains(result.err, part), result.err, " lacks ", part);
}

}  // namespace

TEST_CASE("run: a full disk ends the run with a reason, keeps the last checkpoint, and the run can go on") {
  const Place place;
  const Arguments settings = {"--set", "epochs=5", "--set", "compress={\"method\":\"none\"}"};
  place.train_well("whole", settings);
  const uint64_t size = place.checkpoint("whole").size();

  // No room for any checkpoint.
  check_one_line(place.train("cut", settings, {size / 2}), 3,
                 {"cut/checkpoint.safetensors: cannot write: File too large"});
  CHECK(place.checkpoint("cut").empty());
  CHECK(!place.has_partial_files("cut"));

  // Room is gone when the second one is due.
  place.signal("late", settings, 2, SIGINT);
  const std::string before = place.checkpoint("late");
  REQUIRE(!before.empty());
  Arguments resumed = settings;
  resumed.push_back("--resume");
  check_one_line(place.train("late", resumed, {size / 2}), 3,
                 {"late/checkpoint.safetensors: cannot write: File too large"});
  CHECK(place.checkpoint("late") == before);
  CHECK(!place.has_partial_files("late"));
  for (const char* out : {"cut", "late"}) {
    place.train_well(out, resumed);
    CHECK(contents(place.path(out) + "/model.pare") == contents(place.path("whole/model.pare")));
  }
}

TEST_CASE("run: a directory that became read-only is reported and loses nothing") {
  const Place place;
  place.signal("run", {"--set", "epochs=30"}, 2, SIGTERM);
  const std::string before = place.checkpoint("run");
  REQUIRE(!before.empty());
  const std::filesystem::path run = place.path("run");
  std::filesystem::permissions(run, std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  if (access(run.c_str(), W_OK) != 0)  // root may write anywhere, but into /proc
    check_one_line(place.train("run", {"--set", "epochs=30", "--resume"}), 3,
                   {"run: cannot write into this directory: Permission denied"});
  std::filesystem::permissions(run, std::filesystem::perms::owner_all);
  CHECK(place.checkpoint("run") == before);
  check_one_line(place.train("/proc/run"), 3, {"/proc/run: cannot create this directory"});
}

TEST_CASE("run: SIGTERM saves and exits with 130, a second run in the same directory is refused meanwhile") {
  const Place place;
  const Arguments settings = {"--set", "epochs=400"};
  Program program(place.directory.path(), Place::training("run", settings));
  program.signal_at(place.path("run/metrics.jsonl"), 1, 0);
  check_one_line(place.train("run", {"--set", "epochs=400", "--resume"}), 2,
                 {"run: another process is working in this directory"});
  program.send(SIGTERM);
  CHECK(program.wait().exit_code == 130);
  CHECK(!place.checkpoint("run").empty());
}

TEST_CASE("run: --resume with another config names each key that differs first") {
  const Place place;
  place.signal("run", {"--set", "epochs=30"}, 1, SIGINT);
  const std::string before = place.checkpoint("run");
  const std::pair<std::string, std::string> changes[] = {
      {"optimizer.lr=0.02", "optimizer.lr: 0.02 instead of 0.01"},
      {"network.0.channels=7", "network.0.channels: 7 instead of 6"},
      {"seed=4", "seed: 4 instead of 3"},
  };
  for (const auto& [change, says] : changes)
    check_one_line(place.train("run", {"--set", "epochs=30", "--set", change, "--resume"}), 2,
                   {"run/checkpoint.safetensors is from another config: " + says});
  CHECK(place.checkpoint("run") == before);
}

TEST_CASE("run: --resume clears away what this run left before its first checkpoint, and nothing of others") {
  const Place place;
  place.directory.write("others/metrics.jsonl", bytes_of_text("{}"));
  place.directory.write("others/report.html", bytes_of_text("mine"));
  check_one_line(place.train("others", {"--resume"}), 2, {"others/metrics.jsonl is there already"});
  CHECK(contents(place.path("others/report.html")) == "mine");
  place.train_well("run", {"--set", "epochs=1"});
  const std::string model = contents(place.path("run/model.pare"));
  for (const char* file : {"checkpoint.safetensors", "model.pare", "summary.json"})
    std::filesystem::remove(place.path("run/") + file);
  check_one_line(place.train("run", {"--set", "epochs=2", "--resume"}), 2,
                 {"run holds a run of another config: epochs: 2 instead of 1"});
  CHECK(!contents(place.path("run/metrics.jsonl")).empty());
  std::filesystem::remove(place.path("run/metrics.jsonl"));  // as when it is killed while it clears away
  place.train_well("run", {"--set", "epochs=1"});
  CHECK(contents(place.path("run/model.pare")) == model);
}

TEST_CASE("run: a network that gives no numbers after its last step has diverged") {
  const Place place;
  check_one_line(place.train("run", {"--set", "optimizer={\"name\":\"sgd\",\"lr\":1e15}", "--set",
                                     "epochs=1it", "--set", "compress={\"method\":\"none\"}"}),
                 4, {"training diverged: "});
  CHECK(!std::filesystem::exists(place.path("run/summary.json")));
  check_one_line(place.train("bits", {"--set", "compress.bits_lr=2500", "--set", "epochs=1it"}), 4,
                 {"training diverged: "});
}

TEST_CASE("run: what an older program began, before a field was there, is resumed") {
  const Place place;
  const std::string epochs = "epochs=30";
  place.signal("run", {"--set", epochs}, 1, SIGINT);
  // Fields of the checkpoint's config, which is text in a string of its header, become blanks.
  const auto forget = [&](const std::string& file, const std::string& field) {
    std::string text = contents(place.path(file));
    const size_t at = text.find(field);
    REQUIRE(at != std::string::npos);
    text.replace(at, field.size(), field.size(), ' ');
    place.directory.write(file, bytes_of_text(text));
  };
  forget("run/checkpoint.safetensors", R"(,\"cutout\":0)");
  place.train_well("run", {"--set", epochs, "--resume"});
  place.train_well("whole", {"--set", epochs});
  CHECK(contents(place.path("run/model.pare")) == contents(place.path("whole/model.pare")));
  forget("run/config.json", R"("label_smoothing": 0.0,)");
  place.train_well("run", {"--set", epochs, "--resume"});
}

TEST_CASE("run: divergence exits with 4, names step and tensor, and keeps the last good checkpoint") {
  const Place place;
  // Without relu, too large a rate makes the weights grow from step to step until they overflow.
  const Arguments explosion = {
      "--set",
      "compress={\"method\":\"none\"}",
      "--set",
      "optimizer={\"name\":\"sgd\",\"lr\":0.5}",
      "--set",
      R"(network=[{"layer":"flatten"},{"layer":"linear","features":20},{"layer":"linear","features":20},)"
      R"({"layer":"linear","features":10}])"};
  for (const char* every : {"checkpoint_every=1it", "checkpoint_every=4it"}) {
    CAPTURE(every);
    const std::string out = every;
    Arguments settings = explosion;
    settings.insert(settings.end(), {"--set", every});
    const Result result = place.train(out, settings);
    check_one_line(
        result, 4,
        {"training diverged at step ", ": the loss is ", ".linear.weight", "try a smaller learning rate"});
    CHECK(!std::filesystem::exists(place.path(out) + "/model.pare"));
    for (const NamedTensor& named : read_safetensors(place.path(out) + "/checkpoint.safetensors").tensors)
      for (const float value : named.tensor.floats()) REQUIRE(std::isfinite(value));
    settings.push_back("--resume");
    CHECK(place.train(out, settings).err == result.err);  // it diverges again, at the same place
  }
}

TEST_CASE(
    "run: a look at the file's size that meets numbers which are not finite says that training diverged") {
  const Place place;
  // The first step throws weights out of range, and each step ends with a look.
  const Arguments settings = {"--set", "optimizer={\"name\":\"sgd\",\"lr\":3e38}",
                              "--set", "compress.target_bytes=900",
                              "--set", "data.batch=100"};
  check_one_line(place.train("run", settings), 4,
                 {"training diverged: ", ".weight[", "] is ", "try a smaller learning rate"});
  CHECK(!std::filesystem::exists(place.path("run/model.pare")));
}

TEST_CASE("run: killed before its first checkpoint and resumed, a run leaves one history") {
  const Place place;
  const Arguments settings = {"--set", "epochs=30", "--set", "checkpoint_every=30"};
  place.train_well("whole", settings);
  place.signal("cut", settings, 3, SIGKILL);
  REQUIRE(place.checkpoint("cut").empty());
  place.train_well("cut", {"--set", "epochs=30", "--set", "checkpoint_every=30", "--resume"});
  for (const char* file : {"/model.pare", "/events.out.tfevents.pare"})
    CHECK(contents(place.path("cut") + file).size() == contents(place.path("whole") + file).size());
}

TEST_CASE(
    "run: killed before its first checkpoint, a run goes on with other threads and by another version") {
  const Place place;
  const Arguments settings = {"--set", "epochs=30", "--set", "checkpoint_every=30"};
  place.signal("cut", settings, 3, SIGKILL);
  const std::string path = place.path("cut/config.json");
  Json config = parse_json(contents(path), path);
  config.set("seed", 77);
  place.directory.write("cut/config.json", bytes_of_text(dump(config)));
  Arguments more = Place::training("cut", settings);
  *(std::find(more.begin(), more.end(), "--threads") + 1) = "2";
  more.push_back("--resume");
  check_one_line(run_program(place.directory.path(), more), 2,
                 {"cut holds a run of another config", "seed", "another --out"});
  // As a version would have left it that did not know precisions yet.
  config.set("seed", 3);
  REQUIRE(std::erase_if(config.members(), [](const auto& member) { return member.first == "precision"; }) ==
          1);
  place.directory.write("cut/config.json", bytes_of_text(dump(config)));
  const Result result = run_program(place.directory.path(), more);
  CHECK_MESSAGE(result.exit_code == 0, result.err);
}

TEST_CASE("run: TensorBoard's file loses what a power cut tore, and goes on from the checkpoint") {
  const Place place;
  place.signal("run", {"--set", "epochs=30"}, 2, SIGINT);
  const std::string events = place.path("run/events.out.tfevents.pare");
  const std::string saved = contents(events);
  place.directory.write("run/events.out.tfevents.pare", bytes_of_text(saved + "a torn record"));
  place.train_well("run", {"--set", "epochs=30", "--resume"});
  const std::string whole = contents(events);
  CHECK(whole.starts_with(saved));
  CHECK(whole.find("a torn record") == std::string::npos);
}

TEST_CASE("run: a checkpoint with a number that is none is refused by all who read it") {
  const Place place;
  place.train_well("run", {"--set", "epochs=1"});
  std::filesystem::remove(place.path("run/summary.json"));
  const std::string path = place.path("run/checkpoint.safetensors");
  SafetensorsFile checkpoint = read_safetensors(path);
  const auto weight = std::find_if(checkpoint.tensors.begin(), checkpoint.tensors.end(),
                                   [](const NamedTensor& t) { return t.name == "0.conv2d.weight"; });
  REQUIRE(weight != checkpoint.tensors.end());
  weight->tensor.data<float>()[1] = std::nanf("");
  write_safetensors(path, checkpoint);
  const std::vector<std::string> says{"checkpoint.safetensors: 0.conv2d.weight[1] is no finite number"};
  check_one_line(place.train("run", {"--set", "epochs=1", "--resume"}), 3, says);
  check_one_line(place.train("next", {"--init-from", "run/checkpoint.safetensors"}), 3, says);
  CHECK(!std::filesystem::exists(place.path("next")));
  check_one_line(
      run_program(place.directory.path(), {"eval", "run/checkpoint.safetensors", "--data-dir", "data"}), 3,
      says);
}

TEST_CASE("run: the time an epoch took before an interruption counts") {
  const Place place;
  place.signal("run", {"--set", "epochs=30"}, 2, SIGINT);
  const std::string path = place.path("run/checkpoint.safetensors");
  SafetensorsFile checkpoint = read_safetensors(path);
  Json progress = parse_json(checkpoint.metadata.at("progress"), path);
  progress.set("epoch_seconds", progress.find("epoch_seconds")->number() + 1000);
  checkpoint.metadata["progress"] = dump_line(progress);
  write_safetensors(path, checkpoint);
  place.train_well("run", {"--set", "epochs=30", "--resume"});
  std::istringstream metrics(contents(place.path("run/metrics.jsonl")));
  int long_ones = 0;
  for (std::string line; std::getline(metrics, line);)
    if (parse_json(line, "metrics").find("seconds")->number() >= 1000) ++long_ones;
  CHECK(long_ones == 1);
}
