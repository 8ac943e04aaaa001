// Every command in a ```sh block of README.md and docs/*.md works, in the order in which a reader meets them.
//
// They run in a shell, in a directory like a clone's, but on 200 made-up images instead of 60,000 real ones,
// and what trains is told to be brief: see speed_up(). What `pare test` does is not tried from inside a test.
// The commands of docs/results take hours; of those only the config and its settings are checked, with
// --dry-run.
#include <algorithm>
#include <regex>

#include "tests/support/array_fixtures.h"
#include "tests/support/picture_fixtures.h"
#include "tests/support/program.h"
#include "tests/support/sound_fixtures.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The commands of a page's ```sh blocks; lines that end in a backslash go on.
std::vector<std::string> commands_in(const std::string& page) {
  std::vector<std::string> commands;
  bool inside = false, goes_on = false;
  for (const std::string& line : lines_of(page)) {
    if (line.starts_with("```")) {
      inside = line == "```sh";
      continue;
    }
    if (!inside || line.empty()) continue;
    const bool unfinished = line.ends_with("\\");
    const std::string words = unfinished ? line.substr(0, line.size() - 1) : line;
    if (goes_on)
      commands.back() += words;
    else
      commands.push_back(words.substr(0, words.find(" #")));
    goes_on = unfinished;
  }
  return commands;
}

bool begins(const std::string& command, const std::string& sub_command) {
  return command.starts_with("./pare " + sub_command + " ");
}

// The command with what makes it brief.
std::string speed_up(std::string command) {
  while (command.ends_with(' ') || command.ends_with('&')) command.pop_back();  // one after the other
  command = std::regex_replace(command, std::regex(" --(threads|seconds) [0-9.]+"), "");
  if (begins(command, "train") || begins(command, "sweep") || begins(command, "lottery"))
    command += " --set data.validation=10 --threads 1";
  if (begins(command, "train") || begins(command, "sweep")) command += " --set epochs=1";
  if (begins(command, "lottery"))
    command +=
        " --set epochs=4it --set lottery.levels=4 --set lottery.replicates=2 --set lottery.branches={}";
  if (begins(command, "bench")) command += " --seconds 0.1 --threads 1 --synthetic";
  return command;
}

// A directory like a clone's, with little data of the right shape.
class Clone {
 public:
  Clone() {
    for (const char* name : {"configs", "docs"})
      fs::create_directory_symlink(fs::path(PARE_SOURCE_DIR) / name, fs::path(directory_.path()) / name);
    fs::create_symlink(PARE_BINARY, directory_.path() + "/pare");
    for (const char* set : {"fashion-mnist", "mnist"})
      for (const auto& [part, count] : {std::pair<const char*, uint32_t>{"train", 200}, {"t10k", 60}}) {
        Bytes labels;
        for (uint32_t i = 0; i < count; ++i) labels.push_back(static_cast<uint8_t>(i % 10));
        const std::string start = text("data/", set, "/", part);
        directory_.write(start + "-images-idx3-ubyte",
                         idx_bytes(0x803, {count, 28, 28}, noise(count * 784, 1)));
        directory_.write(start + "-labels-idx1-ubyte", idx_bytes(0x801, {count}, labels));
      }
    for (const char* file :
         {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"}) {
      constexpr size_t kRecord = 1 + 32 * 32 * 3, kRecords = 40;
      Bytes records = noise(kRecord * kRecords, 1);
      for (size_t i = 0; i < kRecords; ++i) records[i * kRecord] = static_cast<uint8_t>(i % 10);
      directory_.write(text("data/cifar-10/", file, ".bin"), records);
    }
    write_digits(directory_);
  }

  // What docs/your-data.md trains on.
  void write_own_data() const {
    std::string table = "length,width,weight,label\n";
    Bytes labels;
    for (int i = 0; i < 300; ++i) {
      table += text(i % 7, ",", i % 11, ",", 0.5 * (i % 13), ",",
                    i % 3 == 0   ? "small"
                    : i % 3 == 1 ? "large"
                                 : "huge",
                    "\n");
      labels.push_back(static_cast<uint8_t>(i % 10));
    }
    write("my-table.csv", table);
    std::string sensors = "recording,x,y,label\n", texts = "text,label\n";
    for (int i = 0; i < 12000; ++i) sensors += text(i / 500, ",", i % 7, ",", i % 11, ",", i / 500 % 3, "\n");
    for (int i = 0; i < 200; ++i) texts += text(i % 2 ? "you won " : "see you at ", i, ",", i % 2, "\n");
    write("my-sensors.csv", sensors);
    write("my-texts.csv", texts);
    for (const char* name : {"cat", "dog"})
      for (uint32_t i = 1; i <= 70; ++i)
        directory_.write(text("my-pictures/", name, "/", i, ".jpg"),
                         jpeg_bytes(30, 40, noise_picture(30, 40, 3, i).pixels));
    for (const char* name : {"no", "yes"})
      for (uint32_t i = 1; i <= 100; ++i)
        directory_.write(text("my-sounds/", name, "/", i, ".wav"),
                         sound_bytes(noise_samples(8000, i), 16000));
    const Bytes images = npy_bytes("|u1", "300, 28, 28", noise(300 * 784)),
                classes = npy_bytes("|u1", "300,", labels);
    write_npz(directory_, "my-arrays.npz",
              {{"x_train", images}, {"y_train", classes}, {"x_test", images}, {"y_test", classes}});
  }

  // Returns the exit code; a failure's last words are in `said()`.
  int run(const std::string& command) const {
    const std::string line =
        "cd '" + directory_.path() + "' && unset PARE_DATA && (" + command + ") >.said 2>&1 </dev/null";
    return std::system(line.c_str());
  }
  std::string said() const { return contents(directory_.path() + "/.said"); }
  void write(const std::string& name, const std::string& words) const {
    directory_.write(name, bytes_of_text(words));
  }

 private:
  TemporaryDirectory directory_;
};

// README.md and docs/*.md; getting started comes first, for it makes the runs that other pages speak of.
std::vector<fs::path> pages() {
  std::vector<fs::path> pages;
  for (const auto& entry : fs::directory_iterator(PARE_SOURCE_DIR "/docs"))
    if (entry.path().extension() == ".md" && entry.path().stem() != "getting-started")
      pages.push_back(entry.path());
  std::sort(pages.begin(), pages.end());
  pages.insert(pages.begin(), {PARE_SOURCE_DIR "/docs/getting-started.md", PARE_SOURCE_DIR "/README.md"});
  return pages;
}

// The first ```json block of a page.
std::string json_in(const std::string& page) {
  const size_t start = page.find("```json\n") + 8;
  return page.substr(start, page.find("```", start) - start);
}

}  // namespace

TEST_CASE("docs: blocks marked sh hold commands of pare, and some pages have them") {
  size_t commands = 0;
  for (const fs::path& page : pages())
    for (const std::string& command : commands_in(contents(page.string()))) {
      CHECK_MESSAGE(command.starts_with("./pare "), page.string(), ": ", command);
      ++commands;
    }
  CHECK(commands > 20);
}

TEST_CASE("docs: the commands behind docs/results are still understood") {
  const Clone clone;
  const std::string page = contents(PARE_SOURCE_DIR "/docs/results/README.md");
  int found = 0;
  for (size_t at = 0; (at = page.find("`./pare train ", at)) != std::string::npos; ++found) {
    const size_t end = page.find('`', at + 1);
    std::string command = page.substr(at + 1, end - at - 1) +
                          " --dry-run --set data.validation=10 --set precision=f32";  // any CPU has that
    // Of a run that was trained before.
    if (const size_t from = command.find(" --init-from "); from != std::string::npos)
      command.erase(from, command.find(' ', from + 13) - from);
    CHECK_MESSAGE(clone.run(command) == 0, command, "\n", clone.said());
    at = end;
  }
  CHECK(found >= 3);
}

TEST_SUITE("slow") {
  TEST_CASE("docs: every command shown works") {
    const Clone clone;
    clone.write_own_data();
    clone.write("mine.json", json_in(contents(PARE_SOURCE_DIR "/docs/getting-started.md")));
    for (const fs::path& page : pages())
      for (const std::string& shown : commands_in(contents(page.string()))) {
        if (shown == "./pare test" || begins(shown, "test")) continue;
        const std::string command = speed_up(shown);
        CHECK_MESSAGE(clone.run(command) == 0, page.string(), ": ", command, "\n", clone.said());
      }
  }
}

TEST_CASE("docs: the examples of extending.md are those of tests/examples/, which are compiled and run") {
  const std::string root = PARE_SOURCE_DIR;
  const std::string page = contents(root + "/docs/extending.md");
  int examples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root + "/tests/examples")) {
    const std::string code = contents(entry.path().string());
    CHECK_MESSAGE(page.find("```cpp\n" + code + "```\n") != std::string::npos,
                  entry.path().filename().string());
    ++examples;
  }
  CHECK(examples >= 4);
}
