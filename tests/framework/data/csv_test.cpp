// CSV files as fields: delimiters, quotes, line ends, encodings.
#include "framework/data/formats/csv.h"

#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

CsvRows parsed(const std::string& text, char delimiter = 0) {
  return parse_csv(Bytes(text.begin(), text.end()), "a.csv", delimiter);
}

// "a|b/c|d": rows and fields.
std::string shown(const CsvRows& csv) {
  std::string all;
  for (size_t row = 0; row < csv.rows(); ++row) {
    if (row > 0) all += '/';
    for (size_t i = 0; i < csv.fields(row); ++i) all += (i > 0 ? "|" : "") + std::string(csv.field(row, i));
  }
  return all;
}

std::string refusal(Failure failure, const std::string& text) {
  return failure_of(failure, [&] { parsed(text); });
}

}  // namespace

TEST_CASE("csv: any number of blanks separates where there is no other delimiter") {
  const CsvRows csv = parsed("a  b \"c d\"\n 1\t 2   3 \r\n\n4 5 6");
  CHECK(csv.delimiter() == ' ');
  REQUIRE(csv.rows() == 3);
  for (size_t row = 0; row < 3; ++row) CHECK(csv.fields(row) == 3);
  CHECK(csv.field(0, 2) == "c d");
  CHECK(csv.field(1, 0) == "1");
  CHECK(csv.field(1, 2) == "3");
  CHECK(csv.field(2, 2) == "6");
  CHECK(csv.line(2) == 4);
}

TEST_CASE("csv: the delimiter is the most frequent one of the first row, outside of quotes") {
  for (const auto& [text, delimiter] : {std::pair<std::string, char>{"a,b\n1,2\n", ','},
                                        {"a;b\n1,5;2,5\n", ';'},
                                        {"a\tb\n1\t2\n", '\t'},
                                        {"\"a,b,c\";d\n1;2\n", ';'},
                                        {"\n \na;b\n1;2\n", ';'}}) {
    CAPTURE(text);
    const CsvRows csv = parsed(text);
    CHECK(csv.delimiter() == delimiter);
    CHECK(csv.rows() == 2);
    CHECK(csv.fields(0) == 2);
  }
  CHECK(contains(refusal(Failure::Usage, "a\n1\n"), "none of the delimiters"));
  CHECK(contains(refusal(Failure::Usage, "a,b;c\n"), "several delimiters"));
  CHECK(shown(parsed("a,b;c\n", ';')) == "a,b|c");
}

TEST_CASE("csv: quotes, empty fields, blanks, line ends and byte order marks") {
  CHECK(shown(parsed("a,b\r\n1,2\r\n")) == "a|b/1|2");
  CHECK(shown(parsed("a,b\n1,2")) == "a|b/1|2");
  CHECK(shown(parsed("a,b\r1,2\r")) == "a|b/1|2");
  CHECK(shown(parsed("\xEF\xBB\xBF"
                     "a,b\n1,2\n")) == "a|b/1|2");
  CHECK(shown(parsed("a, b ,c\n,,\n")) == "a|b|c/||");
  CHECK(shown(parsed("a\tb\tc\n\t\t1\n")) == "a|b|c/||1");
  CHECK(shown(parsed("a,b\n\"x, y\",\"say \"\"hi\"\"\"\n")) == "a|b/x, y|say \"hi\"");
  CHECK(shown(parsed("a,b\n\n1,2\n  \n3,4\n\n")) == "a|b/1|2/3|4");
}

TEST_CASE("csv: rows know the line they begin on") {
  const CsvRows csv = parsed("a,b\r\n\r\n\"x\n\ny\",2\n3,4\n");
  REQUIRE(csv.rows() == 3);
  CHECK(csv.field(1, 0) == "x\n\ny");
  CHECK(csv.line(0) == 1);
  CHECK(csv.line(1) == 3);
  CHECK(csv.line(2) == 6);
  CHECK(parsed("a,b\r1,2\r3,4").line(2) == 3);
}

TEST_CASE("csv: what is no CSV in UTF-8 is refused, with its line") {
  CHECK(contains(refusal(Failure::Data, "a,b\n1,2\n\"x,3\n"), "row 3: its quotes"));
  CHECK(contains(refusal(Failure::Data, "a,b\n1,2\nx\"y,3\n"), "row 3: its quotes"));
  CHECK(contains(refusal(Failure::Data,
                         "a,b\nGr\xFC\xDF"
                         "e,2\n"),
                 "line 2 is not UTF-8"));
  CHECK(contains(refusal(Failure::Data, "a,b\n\xC0\x80,2\n"), "line 2 is not UTF-8"));
  CHECK(contains(refusal(Failure::Data, std::string("\xFF\xFE"
                                                    "a\0,\0",
                                                    6)),
                 "UTF-16"));
  CHECK(contains(refusal(Failure::Data, std::string("a,b\n1,\0002\n", 9)), "value 0"));
  for (const char* empty : {"", "\n\n", "\xEF\xBB\xBF"})
    CHECK(contains(refusal(Failure::Data, empty), "no rows"));
  CHECK(shown(parsed("größe,b\n1,2\n")) == "größe|b/1|2");
}
