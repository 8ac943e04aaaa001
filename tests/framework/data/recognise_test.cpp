// What files say of themselves: kinds of data that are recognised, and the fields that are guessed.
#include <doctest/doctest.h>

#include "tests/support/array_fixtures.h"
#include "tests/support/picture_fixtures.h"
#include "tests/support/sound_fixtures.h"
#include "tests/support/source_fixtures.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

// The fields that recognise() set, as a config would say them.
Json recognised(const std::string& place) {
  SourceHolder holder;
  holder.source = recognise_source(place);
  return *write_config(holder).find("source");
}

Json of_table(const TemporaryDirectory& directory, const std::string& text) {
  return recognised(directory.write("t.csv", bytes_of_text(text)));
}

std::string in(const Json& json, const char* key) { return dump_line(*json.find(key)); }

}  // namespace

TEST_CASE(
    "recognise: a table's class is the column that is called so, words are categories, names are left out") {
  const TemporaryDirectory directory;
  std::string rows = "name,colour,Class,size\n";
  for (int i = 0; i < 60; ++i)
    rows += text("n", i, ",", i % 2 ? "red" : "blue", ",", i % 3, ",", i == 7 ? "" : text(i, ".5"), "\n");
  const Json found = of_table(directory, rows);
  CHECK(in(found, "kind") == "\"table\"");
  CHECK(in(found, "label") == "\"Class\"");
  CHECK(in(found, "categorical") == "[\"colour\"]");
  CHECK(in(found, "ignore") == "[\"name\"]");
  CHECK(in(found, "missing") == "\"mean\"");
  CHECK(in(found, "test_share") == "0.2");
}

TEST_CASE(
    "recognise: a table whose last column has fractions asks for that number, without a header by place") {
  const TemporaryDirectory directory;
  std::string rows;
  for (int i = 0; i < 30; ++i) rows += text(i, ",", i + 1, ",", i, ".25\n");
  const Json found = of_table(directory, rows);
  CHECK(in(found, "header") == "false");
  CHECK(found.find("label") == nullptr);
  CHECK(in(found, "targets") == "[\"c3\"]");
  // A line about the file above it, as in the tables of scikit-learn.
  const Json skipping = of_table(directory, "30,2,one,two,three\n" + rows);
  CHECK(in(skipping, "skip") == "1");
  CHECK(in(skipping, "header") == "false");
  // It may have as many fields as the rows, and a header below it.
  const Json as_many = of_table(directory, "30,2,one\n" + rows);
  CHECK(in(as_many, "skip") == "1");
  const Json with_header = of_table(directory, "30,2,\na,b,c\n" + rows);
  CHECK(in(with_header, "skip") == "1");
  CHECK(in(with_header, "targets") == "[\"c\"]");
}

TEST_CASE("recognise: a column of names is not asked for, and rows that miss a word are left out") {
  const TemporaryDirectory directory;
  std::string states = "state,crime,poverty,region\n", birds = "length,sex,species\n";
  for (int i = 0; i < 51; ++i) states += text("s", i, ",", i, ".5,", 51 - i, ",r", i, "\n");
  const Json found = of_table(directory, states);
  CHECK(in(found, "targets") == "[\"poverty\"]");
  CHECK(in(found, "ignore") == "[\"state\",\"region\"]");
  for (int i = 0; i < 40; ++i)
    birds += text(i, ".5,",
                  i == 3  ? "NA"
                  : i % 2 ? "male"
                          : "female",
                  ",", i % 3 ? "gentoo" : "adelie", "\n");
  CHECK(in(of_table(directory, birds), "missing") == "\"drop\"");
}

TEST_CASE("recognise: words in the first column are the class where the last column has none") {
  const TemporaryDirectory directory;
  std::string rows = "letter,x,y\n";
  for (int i = 0; i < 30; ++i) rows += text(i % 2 ? "A" : "B", ",", i, ",", i, ".5\n");
  CHECK(in(of_table(directory, rows), "label") == "\"letter\"");
}

TEST_CASE("recognise: pictures of one size keep it, of several get a square, and grey ones one channel") {
  const TemporaryDirectory directory;
  for (const char* const name : {"a", "b"})
    for (int i = 0; i < 3; ++i) {
      directory.write(text("one/", name, "/", i, ".png"), png_of(noise_picture(10, 12, 1)));
      directory.write(text("several/", name, "/", i, ".png"), png_of(noise_picture(20 + 2 * i, 30, 3)));
      directory.write(text("large/train/", name, "/", i, ".png"), png_of(noise_picture(256, 128, 3)));
      directory.write(text("large/test/", name, "/", i, ".png"), png_of(noise_picture(256, 128, 3)));
    }
  const Json one = recognised(directory.path() + "/one");
  CHECK(in(one, "size") == "[10,12]");
  CHECK(in(one, "fit") == "\"exact\"");
  CHECK(in(one, "channels") == "1");
  const Json several = recognised(directory.path() + "/several");
  CHECK(in(several, "size") == "[22,22]");
  CHECK(in(several, "fit") == "\"crop\"");
  CHECK(in(several, "channels") == "3");
  CHECK(in(several, "test_share") == "0.2");
  const Json large = recognised(directory.path() + "/large");
  CHECK(in(large, "size") == "[64,32]");
  CHECK(in(large, "fit") == "\"stretch\"");
  CHECK(large.find("test_share")->number() == 0);
}

TEST_CASE("recognise: sounds in one folder have their class in the name, and a rate and a length") {
  const TemporaryDirectory directory;
  for (const char* const word : {"no", "yes"})
    for (const char* const speaker : {"ann", "bob", "eve", "max", "tom"})
      for (uint32_t take = 0; take < 2; ++take)
        directory.write(text("words/", word, "_", speaker, "_", take, ".wav"),
                        sound_bytes(noise_samples(3500 + 100 * static_cast<int>(take), take), 8000));
  const Json found = recognised(directory.path() + "/words");
  CHECK(in(found, "kind") == "\"sounds\"");
  CHECK(in(found, "file_names") == "\"{class}_{group}_{number}\"");
  CHECK(in(found, "group") == "\"group\"");
  CHECK(in(found, "rate") == "8000");
  CHECK(in(found, "seconds") == "0.5");
  CHECK(in(found, "resample") == "false");
}

TEST_CASE("recognise: what is none of the kinds is refused with the kinds there are") {
  const TemporaryDirectory directory;
  const std::string path = directory.write("a.parquet", bytes_of_text("PAR1"));
  const std::string refusal = failure_of(Failure::Data, [&] { recognise_source(path); });
  CHECK(contains(refusal, "a.parquet: is none of the kinds"));
  CHECK(contains(refusal, "a folder of pictures"));
  CHECK(contains(failure_of(Failure::Data, [&] { recognise_source(directory.path() + "/nothing"); }),
                 "there is no such file or folder"));
}
