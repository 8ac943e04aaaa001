// A run that is killed outright again and again, at any moment, and resumed each time, ends in the bytes of a
// run that nobody touched.
#include <poll.h>
#include <sys/inotify.h>
#include <algorithm>

#include "framework/base/rng.h"
#include "framework/json/json.h"
#include "tests/support/bf16.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

using Arguments = std::vector<std::string>;

// What the system says about the files of a directory, as it happens.
class Watch {
 public:
  explicit Watch(const std::string& directory) : descriptor_(inotify_init1(IN_CLOEXEC)) {
    REQUIRE(inotify_add_watch(descriptor_, directory.c_str(), IN_CREATE | IN_MODIFY | IN_MOVED_TO) >= 0);
  }
  ~Watch() { close(descriptor_); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Waits until so many events came, or none has come for long.
  void events(int count) {
    while (count > 0) {
      pollfd ready{descriptor_, POLLIN, 0};
      if (poll(&ready, 1, 10'000) <= 0) return;
      alignas(inotify_event) char buffer[4096];
      const ssize_t size = read(descriptor_, buffer, sizeof buffer);
      REQUIRE(size > 0);
      for (ssize_t at = 0; at < size && count > 0; --count)
        at +=
            static_cast<ssize_t>(sizeof(inotify_event) + reinterpret_cast<inotify_event*>(buffer + at)->len);
    }
  }

 private:
  int descriptor_;
};

void sleep_for(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

std::vector<std::string> partial_files(const std::string& directory) {
  std::vector<std::string> partial;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (contains(entry.path().filename(), ".partial-")) partial.push_back(entry.path());
  return partial;
}

// The lines of metrics.jsonl without what a clock said.
std::vector<Json> metrics_of(const std::string& run) {
  std::vector<Json> lines;
  std::istringstream text(contents(run + "/metrics.jsonl"));
  for (std::string line; std::getline(text, line);) {
    lines.push_back(parse_json(line, "metrics"));
    std::erase_if(lines.back().members(), [](const Json::Member& member) {
      return member.first == "seconds" || member.first == "images_per_second";
    });
  }
  return lines;
}

struct Place {
  TemporaryDirectory directory;
  Rng rng{7, "kills"};
  int torn = 0;  // kills that left half a checkpoint

  Place() {
    write_tiny_data(directory);
    directory.write("tiny.json", bytes_of_text(kTinyConfig));
  }
  std::string path(const std::string& name) const { return directory.path() + "/" + name; }

  void train_whole(const Arguments& arguments) const {
    const Result result = run_program(directory.path(), arguments);
    REQUIRE_MESSAGE(result.exit_code == 0, result.err);
  }

  // Ends a run that goes on in `out` in the middle of the next checkpoint it writes. false: there was none to
  // write.
  bool tear_checkpoint(const Arguments& arguments, const std::string& out) {
    const auto most = std::filesystem::file_size(path(out) + "/checkpoint.safetensors") * 3 / 4;
    const Result result = run_program(directory.path(), arguments, {most, DiskSpace::Beyond::Kills});
    if (result.exit_code == 0) return false;
    REQUIRE_MESSAGE(result.exit_code == 128 + SIGXFSZ, result.err);
    REQUIRE(partial_files(path(out)).size() == 1);
    ++torn;
    return true;
  }

  // Ends it some events after it began to work, at once or a little later.
  bool kill_soon(const Arguments& arguments, const std::string& out) {
    std::filesystem::create_directories(path(out));
    Watch watch(path(out));
    Program program(directory.path(), arguments);
    watch.events(1 + static_cast<int>(rng.below(12)));
    if (rng.below(2) == 0) sleep_for(0.01 * rng.uniform());
    program.send(SIGKILL);
    return program.wait().exit_code == 128 + SIGKILL;
  }

  // Kills a run `kills` times on its way, lets it finish, and compares it with one left alone.
  void check_survives(const std::string& name, int kills, const Arguments& settings) {
    const auto training = [&](const std::string& out) {
      Arguments arguments{"train",      "tiny.json",
                          "--data-dir", "data",
                          "--quiet",    "--resume",
                          "--out",      out,
                          "--set",      "network.6.features=192",
                          "--set",      "compress.gamma=0.1"};
      arguments.insert(arguments.end(), settings.begin(), settings.end());
      return arguments;
    };
    const std::string whole = name + "_whole", cut = name + "_cut";
    train_whole(training(whole));
    int killed = 0;
    for (int i = 0; i < kills; ++i) {
      const bool tear = i % 4 == 3 && std::filesystem::exists(path(cut) + "/checkpoint.safetensors");
      killed += (tear ? tear_checkpoint(training(cut), cut) : kill_soon(training(cut), cut)) ? 1 : 0;
    }
    CHECK(killed == kills);  // the run is long enough for all of them
    CHECK(!std::filesystem::exists(path(cut) + "/summary.json"));
    train_whole(training(cut));
    REQUIRE(!contents(path(whole) + "/model.pare").empty());
    CHECK(contents(path(whole) + "/model.pare") == contents(path(cut) + "/model.pare"));
    CHECK(metrics_of(path(whole)) == metrics_of(path(cut)));
    CHECK(partial_files(path(cut)).empty());
    const std::vector<Json> metrics = metrics_of(path(whole));
    CHECK(metrics.back().find("live_channels")->integer() < metrics.front().find("live_channels")->integer());
  }
};

}  // namespace

TEST_CASE(
    "kill: a training run killed at 20 moments, some in the middle of a checkpoint, ends in the same bytes") {
  Place place;
  place.check_survives("f32", 20, {"--set", "epochs=12", "--set", "checkpoint_every=2it"});
  CHECK(place.torn >= 4);
}

TEST_CASE("kill: the same with 2 and with 3 threads") {
  Place place;
  for (const char* threads : {"2", "3"})
    place.check_survives(std::string("threads") + threads, 4,
                         {"--set", "epochs=12", "--set", "checkpoint_every=4it", "--threads", threads});
}

TEST_CASE("kill: the same in bf16") {
  if (!bf16_or_skip()) return;
  Place place;
  place.check_survives("bf16", 6,
                       {"--set", "epochs=12", "--set", "checkpoint_every=4it", "--set", "precision=bf16"});
}

TEST_CASE("kill: the same while channels are pruned for what they cost") {
  Place place;
  place.check_survives("pruned", 6,
                       {"--set", "epochs=12", "--set", "checkpoint_every=2it", "--set",
                        "compress.target_cost=0.4", "--set", "compress.prune_until=0.7"});
}

TEST_CASE("kill: a lottery killed again and again and run again each time ends in the same bytes") {
  Place place;
  const Arguments settings = {
      "--set", "epochs=60it",
      "--set", "checkpoint_every=5it",
      "--set", R"(compress={"method":"none"})",
      "--set", R"(lottery={"levels":2,"evaluate_every":"10it","branches":{"random_reinit":[1]}})"};
  const auto hunt = [&](const std::string& out) {
    Arguments arguments{"lottery", "tiny.json", "--data-dir", "data", "--quiet", "--out", out};
    arguments.insert(arguments.end(), settings.begin(), settings.end());
    return arguments;
  };
  const auto results = [&](const std::string& out) {
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(place.path(out)))
      if (const auto name = entry.path().filename();
          entry.is_regular_file() && name != "timing.json" && name != "report.html")  // both tell seconds
        files.emplace_back(entry.path().lexically_relative(place.path(out)), contents(entry.path()));
    std::sort(files.begin(), files.end());
    return files;
  };
  const auto start = std::chrono::steady_clock::now();
  place.train_whole(hunt("whole"));
  const double duration = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  int killed = 0;
  for (int i = 0; i < 20; ++i) {
    Program program(place.directory.path(), hunt("cut"));
    sleep_for(duration * 0.3 * place.rng.uniform());
    program.send(SIGKILL);
    killed += program.wait().exit_code == 128 + SIGKILL ? 1 : 0;
  }
  MESSAGE(killed << " of 20 kills met the hunt at work, which takes " << duration << " s");
  CHECK(killed >= 5);
  place.train_whole(hunt("cut"));
  const auto whole = results("whole"), cut = results("cut");
  REQUIRE(whole.size() > 20);
  for (size_t i = 0; i < std::min(whole.size(), cut.size()); ++i) {
    CHECK(whole[i].first == cut[i].first);
    CHECK_MESSAGE(whole[i].second == cut[i].second, whole[i].first);
    if (whole[i].first != cut[i].first) break;
  }
  CHECK(whole.size() == cut.size());
}
