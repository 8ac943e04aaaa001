// pare predict on tables and arrays: the model alone says how they are read.
#include <cmath>

#include "framework/json/json.h"
#include "tests/support/array_fixtures.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

constexpr const char* kConfig = R"({
  "threads": 1,
  "data": {"source": {"kind": "table", "path": "t.csv", "label": "kind", "categorical": ["colour"],
                      "missing": "mean", "ignore": ["id"], "test_share": 0.25},
           "batch": 15, "validation": 30},
  "network": [{"layer": "linear", "features": 12}, {"layer": "relu"}, {"layer": "linear", "features": 2}],
  "optimizer": {"name": "adam", "lr": 0.02},
  "epochs": 12,
  "compress": {"method": "self_compress", "bits": 5, "gamma": 0.001, "rate": 0.01, "warmup": 2}
})";

// "big" if x is above 5, or y is and the colour is red.
std::string rows() {
  std::string text = "id,x,y,colour,kind\n";
  for (int i = 0; i < 240; ++i) {
    const int x = i * 7 % 11, y = i * 5 % 13;
    const bool red = i % 3 == 0;
    text += pare::text(i, ",", x, ",", i % 40 == 7 ? "NA" : pare::text(y), ",", red ? "red" : "blue", ",",
                       x > 5 || (red && y > 5) ? "big" : "small", "\n");
  }
  return text;
}

struct Place {
  TemporaryDirectory directory;

  void write(const std::string& name, const std::string& text) const {
    directory.write(name, bytes_of_text(text));
  }
  Result run(const std::vector<std::string>& arguments) const {
    return run_program(directory.path(), arguments);
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream all(text);
  for (std::string line; std::getline(all, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("predict: rows of a table, in whatever order of columns, with words and missing cells") {
  const Place place;
  place.write("t.csv", rows());
  place.write("t.json", kConfig);
  const Result trained = place.run({"train", "t.json", "--out", "run"});
  REQUIRE_MESSAGE(trained.exit_code == 0, trained.err);
  std::filesystem::rename(place.directory.path() + "/t.csv", place.directory.path() + "/gone.csv");

  // The training file itself: as many right as evaluation counts on its parts, to the row.
  const Result all = place.run({"predict", "run/model.pare", "gone.csv", "--csv"});
  CHECK_MESSAGE(all.exit_code == 0, all.err);
  const std::vector<std::string> answers = lines_of(all.out), truth = lines_of(rows());
  REQUIRE(answers.size() == 241);
  CHECK(answers[0] == "input,class,big,small");
  int right = 0;
  for (size_t i = 1; i < answers.size(); ++i) {
    const bool big = contains(answers[i], ",big,");
    CHECK(contains(answers[i], text("gone.csv: row ", i + 1, ",")));
    right += big == truth[i].ends_with(",big") ? 1 : 0;
  }
  CHECK(right > 220);

  place.write("new.csv", "colour;note;y;x\nred;a;9;1\nblue;b;9;1\nblue;c;NA;10\n");
  const std::vector<std::string> said = lines_of(place.run({"predict", "run", "new.csv", "--top", "1"}).out);
  REQUIRE(said.size() == 3);
  CHECK(contains(said[0], "new.csv: row 2: big "));
  CHECK(contains(said[1], "new.csv: row 3: small "));
  CHECK(contains(said[2], "new.csv: row 4: big "));

  // A row that is wrong takes no other with it.
  place.write("some.csv", "x,y,colour\n3,1,red\n3,one,red\n3,1,green\n9,1,blue\n");
  const Result some = place.run({"predict", "run/model.pare", "some.csv"});
  CHECK(some.exit_code == 3);
  CHECK(lines_of(some.out).size() == 2);
  CHECK(contains(some.out, "some.csv: row 2: "));
  CHECK(contains(some.out, "some.csv: row 5: "));
  CHECK(lines_of(some.err).size() == 2);
  CHECK(contains(some.err, "some.csv: row 3, column 'y': found 'one'"));
  CHECK(contains(some.err, "some.csv: row 4, column 'colour': 'green'"));

  const auto refused = [&](const std::string& table) {
    place.write("bad.csv", table);
    const Result result = place.run({"predict", "run/model.pare", "bad.csv", "new.csv"});
    CHECK(result.exit_code == 3);
    CHECK(contains(result.out, "new.csv: row 4"));
    return result.err;
  };
  CHECK(contains(refused("x,y\n1,2\n"), "bad.csv: has no column 'colour', which the network reads"));
  CHECK(contains(refused("x,y,colour\n1,2,green\n"), "row 2, column 'colour': 'green' is no category"));
  CHECK(contains(refused("x,y,colour\n1,two,red\n"), "row 2, column 'y': found 'two'"));
}

TEST_CASE("predict: numbers come in their unit, of windows over time and from stdin") {
  const Place place;
  std::string table = "recording,v,level\n";
  for (int r = 0; r < 30; ++r)
    for (int i = 0; i < 12; ++i) table += text("r", r, ",", r % 5 + 0.1 * (i % 2), ",", 100 * (r % 5), "\n");
  place.write("t.csv", table);
  place.write("t.json", R"({
    "threads": 1,
    "data": {"source": {"kind": "table", "path": "t.csv", "targets": ["level"], "group": "recording",
                        "window": 4, "hop": 2, "test_share": 0.25}, "batch": 10, "validation": 10},
    "network": [{"layer": "linear", "features": 16}, {"layer": "relu"}, {"layer": "linear", "features": 1}],
    "optimizer": {"name": "adam", "lr": 0.02}, "epochs": 30})");
  REQUIRE(place.run({"train", "t.json", "--out", "run"}).exit_code == 0);
  place.write("new.csv", "v\n3\n3.1\n3\n3.1\n3\n3.1\n3\n3.1\n");
  const std::string command = "cd '" + place.directory.path() +
                              "' && " PARE_BINARY " predict run/model.pare - --json < new.csv > said.json";
  REQUIRE(std::system(command.c_str()) == 0);
  const Json said = parse_json(contents(place.directory.path() + "/said.json"), "said");
  REQUIRE(said.items().size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    const Json& one = said.items()[i];
    CHECK(one.find("file")->string() == text("stdin: row ", 2 + 2 * i));
    const Json& value = one.find("values")->items()[0];
    CHECK(value.find("name")->string() == "level");
    CHECK(value.find("value")->number() == doctest::Approx(300).epsilon(0.1));
  }
  place.write("short.csv", "v\n3\n");
  CHECK(contains(place.run({"predict", "run/model.pare", "short.csv"}).err,
                 "short.csv: has 1 rows, expected at least 4"));
}

TEST_CASE("predict: arrays and pictures of just its size, of a model whose data was neither") {
  const Place place;
  const std::string model = PARE_SOURCE_DIR "/docs/results/mnist-3000/model.pare";
  place.directory.write("three.npy", npy_bytes("|u1", "3, 28, 28", noise(3 * 784)));
  place.directory.write("floats.npy", npy_bytes("<f4", "784,", noise(4 * 784)));
  place.directory.write("other.npy", npy_bytes("|u1", "3, 20, 28", noise(3 * 560)));
  const Result said = place.run({"predict", model, "three.npy"});
  CHECK_MESSAGE(said.exit_code == 0, said.err);
  CHECK(lines_of(said.out).size() == 3);
  CHECK(contains(said.out, "three.npy[2]: "));
  const Result refused = place.run({"predict", model, "floats.npy", "other.npy"});
  CHECK(refused.exit_code == 3);
  CHECK(contains(refused.err, "floats.npy: is f32 (784), expected inputs (28,28,1) of u8"));
  CHECK(contains(refused.err, "other.npy: is u8 (3,20,28), expected"));
  CHECK(place.run({"predict", model, "three.npy", "--csv", "--json"}).exit_code == 2);
}
