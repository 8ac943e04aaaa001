// What a survey finds in a data set: counts, ranges, repeated inputs on either side, and files that cannot be
// read.
#include "framework/data/survey/survey.h"

#include <doctest/doctest.h>

#include "framework/parallel/context.h"
#include "tests/support/picture_fixtures.h"
#include "tests/support/source_fixtures.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

// Two features; row 3 repeats row 2, and row 5 row 4 with another class.
constexpr const char* kTrain = "x,y,kind\n1,2,a\n1,2,a\n3,4,a\n3,4,b\n5,6,b\n";
constexpr const char* kTest = "x,y,kind\n5,6,b\n7,8,a\n";

Dataset tables(const TemporaryDirectory& directory, const std::string& asked = "\"label\": \"kind\"") {
  directory.write("a.csv", bytes_of_text(kTrain));
  directory.write("b.csv", bytes_of_text(kTest));
  return load_source(directory, R"({"kind": "table", "path": "a.csv", "test": "b.csv", )" + asked + "}");
}

}  // namespace

TEST_CASE("survey: counts classes, and names inputs that repeat, leak or contradict") {
  const TemporaryDirectory directory;
  const Survey found = survey(tables(directory));
  REQUIRE(found.parts.size() == 2);
  CHECK(found.parts[0].name == "train");
  CHECK(found.parts[0].examples == 5);
  CHECK(found.parts[0].of_class == std::vector<int>{3, 2});
  CHECK(found.parts[1].of_class == std::vector<int>{1, 1});
  CHECK(found.mean == std::vector<float>{2.6f, 3.6f});
  CHECK(found.in_training.examples == 2);
  CHECK(contains(found.in_training.some[0].first, "a.csv: row 3"));
  CHECK(contains(found.in_training.some[0].second, "a.csv: row 2"));
  CHECK(found.across.examples == 1);
  CHECK(contains(found.across.some[0].first, "b.csv: row 2"));
  CHECK(contains(found.across.some[0].second, "a.csv: row 6"));
  CHECK(found.contradictory.examples == 1);
  CHECK(contains(found.contradictory.some[0].first, "a.csv: row 5"));
}

TEST_CASE("survey: numbers that are asked for have a range") {
  const TemporaryDirectory directory;
  const Survey found = survey(tables(directory, R"("targets": ["y"], "ignore": ["kind"])"));
  CHECK(found.parts[0].of_class.empty());
  REQUIRE(found.parts[0].of_value.size() == 1);
  CHECK(found.parts[0].of_value[0].least == 2);
  CHECK(found.parts[0].of_value[0].mean == 3.6);
  CHECK(found.parts[0].of_value[0].most == 6);
  CHECK(found.contradictory.examples == 0);
}

TEST_CASE("survey: a damaged picture is counted and named, the others are read, whatever the threads") {
  const TemporaryDirectory directory;
  for (const char* const side : {"train", "test"})
    for (const char* const name : {"a", "b"})
      for (int i = 0; i < 6; ++i)
        directory.write(text("set/", side, "/", name, "/", i, ".png"),
                        png_of(noise_picture(8, 8, 3, static_cast<uint32_t>(i + (*name == 'a' ? 1 : 100)))));
  Bytes cut = png_of(noise_picture(8, 8, 3, 3));  // as none of them
  cut.resize(cut.size() / 2);
  directory.write("set/train/b/2.png", cut);
  for (const int threads : {1, 2, 3}) {
    const Context context({.threads = threads});
    const Context::Scope scope(context);
    // All of the test part repeats the training part, but for what the damaged one was.
    const Survey found =
        survey(load_source(directory, R"({"kind": "pictures", "path": "set", "size": [8, 8]})"));
    CHECK(found.parts[0].of_class == std::vector<int>{6, 6});
    REQUIRE(found.parts[0].unreadable.size() == 1);
    CHECK(contains(found.parts[0].unreadable[0], "set/train/b/2.png"));
    CHECK(found.in_training.examples == 0);
    CHECK(found.across.examples == 11);
    CHECK(contains(found.across.some[0].first, "test/a/0.png"));
    CHECK(found.mean.size() == 3);
  }
}
