// pare sweep: how a grid becomes runs, which part of them a process does, and what happens to those that are
// finished, half done or wrong.
#include "train/config/sweep_plan.h"

#include <set>

#include "tests/support/program.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

std::vector<std::string> names(const char* words) {
  std::vector<std::string> names;
  for (const SweepRun& run : expand_sweep(parse_json(words, "grid.json"), "grid.json"))
    names.push_back(run.name);
  return names;
}

// The tiny config with this section, in a directory with data.
class Place {
 public:
  explicit Place(const std::string& section) {
    write_tiny_data(directory_);
    Json config = parse_json(kTinyConfig, "tiny.json");
    config.set("epochs", 2);
    config.set("sweep", parse_json(section, "section"));
    directory_.write("grid.json", bytes_of_text(dump(config)));
  }
  Result sweep(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"sweep", "grid.json", "--data-dir", "data", "--out", "out", "--threads", "1"});
    return run_program(directory_.path(), more);
  }
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string file(const std::string& name) const { return contents(path(name)); }
  const TemporaryDirectory& directory() const { return directory_; }

 private:
  TemporaryDirectory directory_;
};

int count(const std::string& text, const std::string& word) {
  int found = 0;
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) ++found;
  return found;
}

}  // namespace

TEST_CASE("sweep: a grid becomes runs named by what they do not share") {
  CHECK(names(R"({"sweep": {"seed": [1, 2], "a.lr": [0.1, 0.01], "precision": ["bf16"]}})") ==
        std::vector<std::string>{"seed=1,lr=0.1,precision=bf16", "seed=1,lr=0.01,precision=bf16",
                                 "seed=2,lr=0.1,precision=bf16", "seed=2,lr=0.01,precision=bf16"});
  // The same last word twice is no name; a list is written flat; nothing in a name is a path.
  CHECK(names(R"({"sweep": {"a.x": [1], "b.x": ["../up"], "c": [[80, 120]]}})") ==
        std::vector<std::string>{"a.x=1,b.x=.._up,c=80_120"});
  const SweepRun run =
      expand_sweep(parse_json(R"({"a": {"x": 1, "y": 2}, "sweep": {"a.x": [3]}})", "g"), "g").front();
  CHECK(dump_line(run.config) == R"({"a":{"x":3,"y":2},"name":"x=3"})");
}

TEST_CASE("sweep: what is no grid is said so") {
  const auto complaint = [](const char* words) {
    return failure_of(Failure::Usage, [&] { expand_sweep(parse_json(words, "grid.json"), "grid.json"); });
  };
  CHECK(contains(complaint("{}"), "grid.json: sweep: expected settings and their values"));
  CHECK(contains(complaint(R"({"sweep": {}})"), "expected settings"));
  CHECK(
      contains(complaint(R"({"sweep": {"seed": 3}})"), "sweep.seed: expected a list of at least one value"));
  CHECK(contains(complaint(R"({"sweep": {"seed": []}})"), "sweep.seed: expected a list"));
  CHECK(contains(complaint(R"({"sweep": {"seed": [1, 1]}})"), "two runs would be seed=1"));
  CHECK(contains(complaint(R"({"sweep": {"name": ["a", "b"]}})"), "sweep the seed"));
  for (const char* settings :
       {R"({"optimizer.lr": [1, 2], "optimizer": [{}]})", R"({"a.b": [1], "a[b]": [2]})"})
    CHECK(contains(complaint((R"({"sweep": )" + std::string(settings) + "}").c_str()),
                   "are about the same value"));
  CHECK_FALSE(paths_meet("optimizer.lr", "optimizer.lr_2"));
  CHECK(contains(complaint(R"({"network": [], "sweep": {"network.3.rate": [1]}})"),
                 "grid.json: sweep.network.3.rate: 'network' is a list of 0"));
}

TEST_CASE("sweep: shards share all runs among them, whether they count from 0 or from 1") {
  for (const int first : {0, 1}) {
    std::multiset<size_t> done;
    for (int i = first; i < first + 3; ++i) {
      const Shard shard = parse_shard(std::to_string(i) + "/3");
      for (size_t run = 0; run < 10; ++run)
        if (shard.has(run)) done.insert(run);
    }
    CHECK(done.size() == 10);
    CHECK(std::set<size_t>(done.begin(), done.end()).size() == 10);
  }
  for (const char* bad : {"", "1", "4/3", "-1/3", "1/0", "1/3x", "a/b", "1/"})
    CHECK(contains(failure_of(Failure::Usage, [&] { parse_shard(bad); }),
                   "--shard: expected a part such as 2/8"));
}

TEST_CASE("sweep: a number of threads that all runs shall have is none to try") {
  const Result result = Place(R"({"threads": [1, 2]})").sweep();
  CHECK(result.exit_code == 2);
  CHECK(contains(result.err, "--threads 1: grid.json tries several numbers of threads"));
}

TEST_CASE("sweep: trains what is missing, goes on with what is half done, and draws them on one page") {
  const Place place(R"({"compress.gamma": [0.02, 0.2], "seed": [1, 2]})");
  const Result listed = place.sweep({"--dry-run"});
  CHECK(listed.exit_code == 0);
  CHECK(count(listed.out, "to do      out/gamma=0.") == 4);
  CHECK_FALSE(std::filesystem::exists(place.path("out")));

  const Result first = place.sweep({"--shard", "0/2"});
  REQUIRE_MESSAGE(first.exit_code == 0, first.err);
  CHECK(std::filesystem::exists(place.path("out/gamma=0.02,seed=1/summary.json")));
  CHECK_FALSE(std::filesystem::exists(place.path("out/gamma=0.02,seed=2")));
  CHECK(count(place.sweep({"--dry-run"}).out, "finished   out/") == 2);
  CHECK(count(place.sweep({"--dry-run", "--set", "optimizer.lr=0.5"}).out, "differs    out/") == 2);

  // One of the finished ones is put back to its last checkpoint; the others must not be touched.
  const std::string model = place.file("out/gamma=0.02,seed=1/model.pare");
  for (const char* name : {"model.pare", "summary.json", "report.html"})
    std::filesystem::remove(place.path("out/gamma=0.02,seed=1/") + name);
  CHECK(count(place.sweep({"--dry-run"}).out, "half done  out/gamma=0.02,seed=1") == 1);
  const auto written = std::filesystem::last_write_time(place.path("out/gamma=0.2,seed=1/model.pare"));
  const Result all = place.sweep();
  REQUIRE_MESSAGE(all.exit_code == 0, all.err);
  CHECK(contains(all.out, "out: 4 of 4 runs finished"));
  CHECK(place.file("out/gamma=0.02,seed=1/model.pare") == model);
  CHECK(std::filesystem::last_write_time(place.path("out/gamma=0.2,seed=1/model.pare")) == written);
  CHECK(count(place.file("out/report.html"), "\"directory\":\"out/gamma=0.") == 4);

  const Result from =
      run_program(place.path("."), {"sweep", "grid.json", "--data-dir", "data", "--out", "on", "--shard",
                                    "0/4", "--init-from", "out/gamma=0.02,seed=1"});
  CHECK(from.exit_code == 0);
  CHECK_MESSAGE(contains(from.out, "out/gamma=0.02,seed=1/checkpoint.safetensors: first values of "),
                from.out);

  const Result other = place.sweep({"--set", "epochs=3"});
  CHECK(other.exit_code == 2);
  CHECK(contains(other.err, "holds a run of another config: epochs: 3 instead of 2"));

  place.directory().write("out/gamma=0.2,seed=2/summary.json", bytes_of_text("{"));
  const Result damaged = place.sweep();
  CHECK(damaged.exit_code == 3);
  CHECK(contains(damaged.err, "not in the report: out/gamma=0.2,seed=2/summary.json"));
  CHECK(contains(damaged.out, "out: 4 of 4 runs finished"));
  CHECK(count(place.file("out/report.html"), "\"directory\":\"out/gamma=0.") == 3);
}

TEST_CASE(
    "sweep: a run that fails is reported, the others go on, and a typo stops everything before it starts") {
  const Place place(R"({"data.batch": [25, 4000]})");
  const Result result = place.sweep({"--quiet"});
  CHECK(result.exit_code == 2);
  CHECK(contains(result.err, "pare: batch=4000: "));
  CHECK(contains(result.err, "out: 1 of 2 runs finished, the others failed"));
  CHECK(std::filesystem::exists(place.path("out/batch=25/summary.json")));
  CHECK(std::filesystem::exists(place.path("out/report.html")));
  const Result both = place.sweep({"--set", "data.batch=50"});
  CHECK(both.exit_code == 2);
  CHECK(contains(both.err, "--set data.batch=50: "));
  CHECK(contains(both.err, "tries several values of data.batch"));
  CHECK(contains(place.sweep({"--set", "data={}"}).err, "tries several values of data.batch"));
  const Place wrong(R"({"compress.gamma": [0.1], "data.bach": [25]})");
  const Result typo = wrong.sweep();
  CHECK(typo.exit_code == 2);
  CHECK(contains(typo.err, "did you mean 'batch'"));
  CHECK_FALSE(std::filesystem::exists(wrong.path("out")));
}

TEST_CASE(
    "sweep: runs go below runs/ and the config's name, and other commands' sections may be switched off") {
  const Place place(R"({"seed": [1]})");
  Json config = parse_json(place.file("grid.json"), "grid.json");
  config.set("name", "abc");
  config.set("lottery", Json());
  place.directory().write("grid.json", bytes_of_text(dump(config)));
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data-dir", "data", "--dry-run"});
    return run_program(place.directory().path(), arguments);
  };
  CHECK(contains(run({"sweep", "grid.json"}).out, "runs/abc/seed=1"));
  CHECK(run({"train", "grid.json", "--set", "sweep=null"}).exit_code == 0);
}
