// Tables as examples: columns, classes, categories, missing values, and every trap of CSV files.
#include <algorithm>
#include <array>
#include <set>

#include "framework/data/split.h"
#include "tests/support/source_fixtures.h"

using namespace pare;

namespace {

// A directory with a table as a.csv.
struct CsvFile : TemporaryDirectory {
  explicit CsvFile(const std::string& text, const std::string& test = "") {
    write("a.csv", Bytes(text.begin(), text.end()));
    if (!test.empty()) write("b.csv", Bytes(test.begin(), test.end()));
  }
  Dataset load(const std::string& more) const {
    return load_source(*this, R"({"kind": "table", "path": "a.csv", )" + more + "}");
  }
  std::string refusal(Failure failure, const std::string& more) const {
    return failure_of(failure, [&] { load(more); });
  }
};

constexpr const char* kSplit = R"(, "test_share": 0.5)";
std::string label(const std::string& name) { return "\"label\": \"" + name + "\"" + kSplit; }

std::string flowers(int rows) {
  std::string text = "length,width,species\n";
  for (int i = 0; i < rows; ++i)
    text += pare::text(i, ",", 0.5 * i, ",", i % 3 == 0 ? "setosa" : i % 3 == 1 ? "rose" : "tulip", "\n");
  return text;
}

}  // namespace

TEST_CASE("table: columns become inputs in their order, classes are sorted by name") {
  const CsvFile table(flowers(60));
  const Dataset data = table.load(R"("label": "species", "test_share": 0.25)");
  CHECK(data.spec.data == "a.csv");
  CHECK(data.spec.classes == std::vector<std::string>{"rose", "setosa", "tulip"});
  CHECK(data.spec.input == InputShape{1, 1, 2, Element::F32});
  CHECK(data.train->input() == data.spec.input);
  CHECK(data.train->count() == 45);
  CHECK(data.test->count() == 15);
  for (int i = 0; i < data.train->count(); ++i) {
    const std::vector<float> row = inputs_of(*data.train, i);
    CHECK(row[1] == 0.5f * row[0]);
    CHECK(data.train->label(i) == std::array{1, 0, 2}[static_cast<size_t>(row[0]) % 3]);
  }
  REQUIRE(!data.notes.empty());
  CHECK(contains(data.notes[0], "60 rows of fields separated by ','; 2 inputs: length, width"));
}

TEST_CASE("table: integers as classes are sorted by value") {
  const Dataset data = CsvFile("x,y\n1,10\n2,9\n3,10\n4,9\n5,100\n6,100\n").load(label("y"));
  CHECK(data.spec.classes == std::vector<std::string>{"9", "10", "100"});
}

TEST_CASE(
    "table: the share for testing is the same of each class, whatever follows, and is drawn by split_seed") {
  const auto tested = [](const Dataset& data) {
    std::vector<float> rows;
    for (int i = 0; i < data.test->count(); ++i) rows.push_back(inputs_of(*data.test, i)[0]);
    return rows;
  };
  const std::string share = R"("label": "species", "test_share": 0.2)";
  const Dataset data = CsvFile(flowers(90)).load(share);
  std::array<int, 3> counts{};
  for (int i = 0; i < data.test->count(); ++i) ++counts[static_cast<size_t>(data.test->label(i))];
  CHECK(counts == std::array{6, 6, 6});
  CHECK(tested(data) == tested(CsvFile(flowers(90)).load(share)));
  CHECK(tested(data) != tested(CsvFile(flowers(90)).load(share + R"(, "split_seed": 2)")));
  // The order of other columns and of delimiters changes nothing.
  std::string other = flowers(90);
  std::replace(other.begin(), other.end(), ',', ';');
  CHECK(tested(data) == tested(CsvFile(other).load(share)));
}

TEST_CASE("table: targets are numbers to predict") {
  const Dataset data =
      CsvFile("a;b;c\n1;2;3\n4;5;6\n7;8;9\n1;1;1\n").load(R"("targets": ["c", "a"], "test_share": 0.5)");
  CHECK(data.spec.classes.empty());
  CHECK(data.spec.values == std::vector<std::string>{"c", "a"});
  CHECK(data.spec.input.channels == 1);
  CHECK(data.train->count() + data.test->count() == 4);
  for (int i = 0; i < 2; ++i)
    if (inputs_of(*data.train, i)[0] == 5.0f) CHECK(data.train->values(i)[0] == 6.0f);
}

TEST_CASE("table: a file of its own for testing may have its columns elsewhere, and no other classes") {
  const std::string config = R"("label": "y", "test": "b.csv", "categorical": ["c"])";
  const std::string train = "x,c,y\n1,red,a\n2,blue,b\n3,red,a\n";
  const Dataset data = CsvFile(train, "y,c,x,more\nb,blue,7,0\n").load(config);
  CHECK(data.train->count() == 3);
  CHECK(data.test->count() == 1);
  CHECK(data.test->label(0) == 1);
  CHECK(inputs_of(*data.test, 0) == std::vector<float>{7, 1, 0});
  CHECK(inputs_of(*data.train, 0) == std::vector<float>{1, 0, 1});
  CHECK(contains(data.notes[0], "x, c=blue, c=red"));
  const auto refusal = [&](const std::string& test, Failure failure = Failure::Data) {
    return CsvFile(train, test).refusal(failure, config);
  };
  CHECK(contains(refusal("x,c,y\n1,red,z\n"), "b.csv: row 2, column 'y': 'z' is no class"));
  CHECK(contains(refusal("x,c,y\n1,green,a\n"), "'green' is no category"));
  CHECK(contains(refusal("x,y\n1,a\n", Failure::Usage), "has no column 'c'"));
}

TEST_CASE("table: a header may be missing if the config names the columns") {
  const CsvFile table("5.1,3.5,a\n4.9,3.0,b\n1,2,a\n4,5,b\n");
  CHECK(table.load(R"("columns": ["x", "z", "y"], )" + label("y")).train->count() == 2);
  CHECK(contains(table.refusal(Failure::Data, R"("columns": ["x", "y"], )" + label("y")),
                 "row 1 has 3 fields, expected 2, as many as data.source.columns has names"));
  CHECK(contains(CsvFile("5.1,3.5,0\n1,2,1\n").refusal(Failure::Data, label("y")), "it is no header"));
}

TEST_CASE("table: missing values are errors with their place, or become the mean of the training rows") {
  for (const char* missing : {"", "NA", "nan", "NaN", "?", "null", "N/A"}) {
    const CsvFile table(std::string("x,z,y\n1,2,a\n4,") + missing + ",b\n1,2,a\n4,5,b\n");
    const std::string words = table.refusal(Failure::Data, label("y"));
    CHECK_MESSAGE(contains(words, "a.csv: row 3, column 'z'"), words);
    CHECK(contains(words, "\"missing\": \"mean\""));
  }
  const CsvFile table("x,z,y\n1,2,a\n4,,b\n1,2,a\n4,6,b\n", "x,z,y\n4,NA,b\n");
  const Dataset data = table.load(R"("label": "y", "missing": "mean", "test": "b.csv")");
  CHECK(inputs_of(*data.train, 1) == std::vector<float>{4, 10.0f / 3});
  CHECK(inputs_of(*data.test, 0) == std::vector<float>{4, 10.0f / 3});
  CHECK(contains(data.notes.back(), "2 missing cells"));
  // A class or a category has no mean.
  CHECK(contains(CsvFile("x,y\n1,a\n2,\n3,b\n").refusal(Failure::Data, label("y")), "row 3, column 'y'"));
  CHECK(contains(CsvFile("x,y\n,a\nu,a\nv,b\n")
                     .refusal(Failure::Data, R"("missing": "mean", "categorical": ["x"], )" + label("y")),
                 "row 2, column 'x'"));
  CHECK(contains(
      CsvFile("x,y\nNA,a\nNA,a\nNA,b\n").refusal(Failure::Data, R"("missing": "mean", )" + label("y")),
      "has no value in any training row"));
}

TEST_CASE("table: rows that miss something which is read are left out, and places stay those of the file") {
  const CsvFile table("id,x,kind,y\n,1,u,a\n2,,u,b\n3,4,NA,a\n4,5,v,\n5,6,v,b\n6,7,u,a\n7,8,v,b\n",
                      "id,x,kind,y\n1,?,u,a\n2,3,v,b\n");
  const std::string common =
      R"("label": "y", "categorical": ["kind"], "ignore": ["id"], "test": "b.csv", "missing": "drop")";
  const Dataset data = table.load(common);
  CHECK(data.train->count() == 4);  // an empty id does not matter
  CHECK(data.train->name(1) == table.path() + "/a.csv: row 6");
  CHECK(inputs_of(*data.train, 1) == std::vector<float>{6, 0, 1});
  CHECK(data.test->count() == 1);
  CHECK(contains(data.notes[1], "a.csv: 3 of 7 rows miss something and were left out"));
  CHECK(contains(data.notes[2], "b.csv: 1 of 2 rows"));
  CHECK(contains(table.refusal(Failure::Usage, common + R"(, "window": 2)"), "gaps in windows"));
  CHECK(contains(CsvFile("x,y\n,a\n,b\n").refusal(Failure::Data, R"("missing": "drop", )" + label("y")),
                 "each row misses something"));
}

TEST_CASE("table: the mean of missing values does not look at the test rows") {
  std::string text = "x,z,y\n";
  for (int i = 0; i < 40; ++i)
    text += pare::text(i, ",", i == 0 ? "" : std::to_string(i * i), ",", i % 2, "\n");
  const Dataset data = CsvFile(text).load(R"("label": "y", "missing": "mean", "test_share": 0.5)");
  double sum = 0, filled = -1;
  int count = 0;
  for (const Source* part : {data.train.get(), data.test.get()})
    for (int i = 0; i < part->count(); ++i) {
      const std::vector<float> row = inputs_of(*part, i);
      if (row[0] == 0)
        filled = row[1];
      else if (part == data.train.get())
        sum += row[1], ++count;
    }
  CHECK(filled == doctest::Approx(sum / count));
}

TEST_CASE("table: what is no number says what it is instead") {
  const auto found = [](const std::string& cell) {
    return CsvFile("x;z;y\n1;2;a\n4;" + cell + ";b\n1;2;a\n4;5;b\n").refusal(Failure::Data, label("y"));
  };
  for (const auto& [cell, words] : {std::pair<std::string, std::string>{"3,14", "decimal comma"},
                                    {"1,234", "it has a comma"},
                                    {"1,234,567", "thousands separators"},
                                    {"1,234.5", "thousands separators"},
                                    {"1'234", "thousands separators"},
                                    {"1 234", "thousands separators"},
                                    {"1.234.567", "thousands separators"},
                                    {"inf", "not finite"},
                                    {"-Infinity", "not finite"},
                                    {"1e400", "too large"},
                                    {"1e39", "too large"},
                                    {"0x10", "no number"},
                                    {"red", "\"categorical\": [\"z\"]"},
                                    {"12 cm", "\"ignore\": [\"z\"]"}}) {
    const std::string message = found(cell);
    CHECK_MESSAGE(contains(message, words), cell, ": ", message);
    CHECK_MESSAGE(contains(message, "row 3, column 'z': found '" + cell + "'"), message);
  }
  const Dataset fine =
      CsvFile("x,y\n+1.5,a\n-2e-3,b\n1e-400,a\n.5,b\n").load(R"("label": "y", "test": "a.csv")");
  for (const auto& [row, value] : {std::pair{0, 1.5f}, {1, -2e-3f}, {2, 0.0f}, {3, 0.5f}})
    CHECK(inputs_of(*fine.train, row)[0] == value);
}

TEST_CASE("table: mistakes in the config and in headers are named") {
  const CsvFile table(flowers(12));
  const auto refusal = [&](const std::string& config) { return table.refusal(Failure::Usage, config); };
  CHECK(contains(refusal(label("specie")), "did you mean 'species'?"));
  CHECK(contains(refusal(R"("test_share": 0.5)"), "nothing to learn"));
  CHECK(contains(refusal(R"("targets": ["width"], )" + label("species")), "both a label and targets"));
  CHECK(contains(refusal(R"("label": "species")"), "nothing to test on"));
  CHECK(contains(refusal(R"("test": "b.csv", )" + label("species")), "leave one of them out"));
  CHECK(contains(refusal(R"("ignore": ["species"], )" + label("species")), "named by label and by ignore"));
  CHECK(contains(refusal(R"("ignore": ["length", "width"], )" + label("species")), "no column left"));
  CHECK(contains(refusal(label("width")), "class of its own"));
  CHECK(contains(refusal(R"("window": 4, )" + label("species")), "\"group\""));
  CHECK(
      contains(CsvFile("x,x,y\n1,2,a\n").refusal(Failure::Usage, label("y")), "two columns are called 'x'"));
  CHECK(contains(CsvFile("x,y\n1,a\n2,a\n3,a\n").refusal(Failure::Data, label("y")), "of the class 'a'"));
  CHECK(contains(CsvFile("x,y\n").refusal(Failure::Data, label("y")), "no rows"));
  CHECK(contains(CsvFile("x,y\n1,a\n2,b,3\n").refusal(Failure::Data, label("y")),
                 "row 3 has 3 fields, expected 2 as in the header"));
  CHECK(contains(table.refusal(Failure::Usage, R"("label": "species", "test_share": 0.01)"), "takes none"));
  const std::string pandas = ",x,y\n0,5,a\n1,6,b\n2,7,a\n3,8,b\n";
  CHECK(contains(CsvFile(pandas).refusal(Failure::Usage, label("y")), "index=False"));
  CHECK(CsvFile(pandas).load(R"("ignore": [""], )" + label("y")).spec.input.channels == 1);
}

TEST_CASE("table: a missing file says where it looked") {
  const TemporaryDirectory empty;
  const std::string words = refusal_of_source(
      Failure::Data, empty, R"({"kind": "table", "path": "no.csv", "label": "y", "test_share": 0.5})");
  CHECK(contains(words, "'no.csv' not found; looked for no.csv, " + empty.path() + "/no.csv"));
}

TEST_CASE("table: constant columns are allowed, gzipped files are read") {
  TemporaryDirectory directory;
  const std::string text = "x,k,y\n1,7,a\n2,7,b\n3,7,a\n4,7,b\n";
  directory.write("a.csv.gz", gzipped(Bytes(text.begin(), text.end())));
  const Dataset data = load_source(directory, R"({"kind": "table", "path": "a.csv.gz", )" + label("y") + "}");
  CHECK(inputs_of(*data.train, 0)[1] == 7.0f);
  CHECK(data.spec.data == "a.csv.gz");
}

TEST_CASE("table: windows stay within a group, and groups on one side of the split") {
  std::string text = "recording,x,y\n";
  for (int recording = 0; recording < 10; ++recording)
    for (int t = 0; t < 10; ++t)
      text += pare::text("r", recording, ",", 100 * recording + t, ",", recording % 2, "\n");
  const CsvFile table(text);
  const Dataset data =
      table.load(R"("label": "y", "group": "recording", "window": 4, "hop": 2, "test_share": 0.4)");
  CHECK(data.spec.input == InputShape{4, 1, 1, Element::F32});
  CHECK(data.train->count() == 6 * 4);
  CHECK(data.test->count() == 4 * 4);
  std::array<std::set<int>, 2> recordings;
  for (const Source* part : {data.train.get(), data.test.get()})
    for (int i = 0; i < part->count(); ++i) {
      const std::vector<float> rows = inputs_of(*part, i);
      CHECK(rows[3] == rows[0] + 3);
      CHECK(static_cast<int>(rows[0]) % 100 <= 6);
      CHECK(part->label(i) == static_cast<int>(rows[0]) / 100 % 2);
      recordings[part == data.test.get() ? 1 : 0].insert(static_cast<int>(rows[0]) / 100);
    }
  CHECK(recordings[0].size() == 6);
  CHECK(recordings[1].size() == 4);
  for (const int recording : recordings[1]) CHECK(!recordings[0].contains(recording));
  // Neither are they on both sides of `data.validation`.
  const Split parts = split(*data.train, 6, 1);
  REQUIRE(parts.validation.size() == 8);
  const auto recording_of = [&](int i) { return static_cast<int>(inputs_of(*data.train, i)[0]) / 100; };
  for (const int i : parts.train)
    for (const int other : parts.validation) CHECK(recording_of(i) != recording_of(other));
}

TEST_CASE("table: windows of one recording are not divided, single rows are") {
  std::string text = "x,y\n";
  for (int i = 0; i < 40; ++i) text += pare::text(i, ",", i / 20, "\n");
  const CsvFile table(text, text);
  const std::string common = R"("label": "y", "test": "b.csv")";
  CHECK(split(*table.load(common).train, 5, 1).validation.size() == 5);
  const Dataset windows = table.load(common + R"(, "window": 4, "hop": 1)");
  CHECK(contains(failure_of(Failure::Usage, [&] { split(*windows.train, 5, 1); }), "of 1 group,"));
}

TEST_CASE(
    "table: windows whose rows do not agree are left out and counted, as are groups that are too short") {
  const CsvFile table("g,x,y\n1,0,a\n1,1,a\n1,2,b\n1,3,b\n2,4,a\n", "g,x,y\n3,1,a\n3,2,a\n");
  const Dataset data = table.load(R"("label": "y", "group": "g", "window": 2, "hop": 1, "test": "b.csv")");
  CHECK(data.train->count() == 2);
  CHECK(inputs_of(*data.train, 1) == std::vector<float>{2, 3});
  CHECK(contains(data.notes[1],
                 "1 windows whose rows do not agree were left out; 1 groups have fewer than 2 rows"));
  CHECK(contains(table.refusal(Failure::Data, R"("label": "y", "group": "g", "window": 5, "test": "b.csv")"),
                 "use a smaller window"));
}

TEST_CASE("table: rows above the header are skipped, and columns without one are called by their number") {
  const std::string rows = "1,2,a\n3,4,b\n5,6,a\n7,8,b\n";
  const Dataset skipped = CsvFile("150,2\nthis file,is,old\nx,y,kind\n" + rows)
                              .load("\"skip\": 2, \"ignore\": [\"x\"], " + label("kind"));
  CHECK(skipped.spec.classes == std::vector<std::string>{"a", "b"});
  CHECK(skipped.spec.input.channels == 1);
  const Dataset numbered = CsvFile("4,2\n" + rows).load("\"skip\": 1, \"header\": false, " + label("c3"));
  CHECK(numbered.spec.classes == std::vector<std::string>{"a", "b"});
  CHECK(numbered.train->count() + numbered.test->count() == 4);
  CHECK(contains(CsvFile("x,y\n1,2\n").refusal(Failure::Data, "\"skip\": 2, " + label("y")),
                 "has 2 rows, all of which data.source.skip leaves out"));
  CHECK(contains(CsvFile("150,2\nx,y,z\n").refusal(Failure::Data, "\"header\": false, " + label("c1")),
                 "row 2 has 3 fields, expected 2 as in the first row"));
}
