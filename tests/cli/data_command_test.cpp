// pare data: from files alone to a config that trains.
#include "framework/json/json.h"
#include "tests/support/array_fixtures.h"
#include "tests/support/picture_fixtures.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

std::string table(const char* last_column) {
  std::string rows = text("a,b,", last_column, "\n");
  for (int i = 0; i < 120; ++i)
    rows += text(i % 3 + 0.01 * (i % 7), ",", 0.1 * (i % 5), ",",
                 std::string(last_column) == "label" ? text(i % 3) : text(i % 3 * 2.5 + 0.125), "\n");
  return rows;
}

// Two classes, by brightness; eight of each.
void write_pictures(const TemporaryDirectory& directory) {
  for (const char* const name : {"dark", "light"})
    for (int i = 0; i < 8; ++i) {
      Picture picture = noise_picture(12, 12, 3, static_cast<uint32_t>(i + (*name == 'd' ? 0 : 50)));
      for (uint8_t& pixel : picture.pixels)
        pixel = static_cast<uint8_t>(pixel / 2 + (*name == 'd' ? 0 : 120));
      directory.write(text("set/", name, "/", i, ".png"), png_of(picture));
    }
}

}  // namespace

TEST_CASE("pare data: the first config of each kind of data trains as it is") {
  const TemporaryDirectory directory;
  directory.write("classes.csv", bytes_of_text(table("label")));
  directory.write("numbers.csv", bytes_of_text(table("price")));
  write_pictures(directory);
  for (const char* const what : {"classes.csv", "numbers.csv", "set"}) {
    CAPTURE(what);
    const Result config = run_program(directory.path(), {"data", what, "--config"});
    CHECK_MESSAGE(config.exit_code == 0, config.err);
    directory.write("my.json", bytes_of_text(config.out));
    const Result trained = run_program(directory.path(), {"train", "my.json", "--out", text("run-", what),
                                                          "--set", "epochs=2", "--threads", "1"});
    CHECK_MESSAGE(trained.exit_code == 0, trained.err);
    CHECK(contains(trained.out, "model.pare"));
  }
}

TEST_CASE("pare data: what is set leads the guess, and nothing is set without a word") {
  const TemporaryDirectory directory;
  std::string rows = "height,mode,city\n";
  for (int i = 0; i < 60; ++i) rows += text(i, ".5,", i % 3, ",", i % 4 == 0 ? "bonn" : "ulm", "\n");
  directory.write("t.csv", bytes_of_text(rows));
  const auto config = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"data", "t.csv", "--config"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(directory.path(), arguments);
  };
  CHECK(contains(config({}).out, R"("label": "city")"));
  const std::string led = config({"--set", "data.source.label=mode", "--set", "data.batch=8"}).out;
  CHECK(contains(led, R"("label": "mode")"));
  CHECK(contains(led, R"("categorical": ["city"])"));
  const std::string numbers = config({"--set", R"(data.source.targets=["height"])"}).out;
  CHECK(contains(numbers, R"("targets": ["height"])"));
  CHECK(!contains(numbers, R"("label")"));
  for (const char* const wrong : {"nonsense=5", "data.source.lable=mode"}) {
    const Result refused = config({"--set", wrong});
    CHECK(refused.exit_code == 2);
    CHECK(contains(refused.err, "unknown key"));
  }
}

TEST_CASE("pare data: says the same of files and of a config for them, as text and as JSON") {
  const TemporaryDirectory directory;
  directory.write("classes.csv", bytes_of_text(table("label")));
  const Result said = run_program(directory.path(), {"data", "classes.csv", "--sheet", "examples.html"});
  CHECK(said.exit_code == 0);
  CHECK(contains(said.out, "classes.csv: 120 rows of fields separated by ','; 2 inputs: a, b"));
  CHECK(contains(said.out, "input (1,1,2) floats"));
  CHECK(contains(said.out, "repeat one of the training part"));
  const std::string page = contents(directory.path() + "/examples.html");
  CHECK(contains(page, "\"name\":\"classes.csv: row "));
  CHECK(contains(page, "\"numbers\":["));
  const Result config = run_program(directory.path(), {"data", "classes.csv", "--config"});
  directory.write("my.json", bytes_of_text(config.out));
  const Result by_files = run_program(directory.path(), {"data", "classes.csv", "--json"});
  const Result by_config = run_program(directory.path(), {"data", "my.json", "--json"});
  CHECK(by_config.exit_code == 0);
  CHECK(by_files.out == by_config.out);
  const Json json = parse_json(by_files.out, "json");
  CHECK(json.find("parts")->find("train")->find("examples")->integer() == 96);
}

TEST_CASE("pare data: a damaged picture is named, and the exit code says so") {
  const TemporaryDirectory directory;
  write_pictures(directory);
  Bytes cut = png_of(noise_picture(12, 12, 3));
  cut.resize(cut.size() / 2);
  for (int i = 20; i < 24; ++i)  // on whichever side each may be
    directory.write(text("set/dark/", i, ".png"), cut);
  const Result said = run_program(directory.path(), {"data", "set", "--set", "data.source.memory=0"});
  CHECK(said.exit_code == 3);
  CHECK(contains(said.out + said.err, "20.png"));
  for (int i = 30; i < 40; ++i) directory.write(text("set/light/", i, ".png"), bytes_of_text("GIF89a"));
  const Result refused = run_program(directory.path(), {"data", "set"});
  CHECK(refused.exit_code == 3);
  CHECK(contains(refused.err, "set/light/30.png: is a GIF"));
  CHECK(contains(refused.err, " more cannot be read: set/light/"));
}

TEST_CASE("pare data: wrong names are told apart") {
  const TemporaryDirectory directory;
  const Result nothing = run_program(directory.path(), {"data", "mnits"});
  CHECK(nothing.exit_code == 3);
  CHECK(contains(nothing.err, "known by name: mnist"));
  const Result known = run_program(directory.path(), {"data", "fashion-mnist", "--config"});
  CHECK(known.exit_code == 2);
  CHECK(contains(known.err, "configs/"));
}
