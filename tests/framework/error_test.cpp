#include "framework/base/error.h"

#include <doctest/doctest.h>

#include <locale>
#include <string_view>

#include "framework/config/fields/length.h"

using namespace pare;

TEST_CASE("error: a message is one line, whatever it quotes") {
  CHECK(std::string_view(Error(Failure::Data, "a\nb\x1b[2J\tc\x7f caf\u00e9").what()) ==
        "a?b?[2J?c? caf\u00e9");
  const std::string_view intact = "model.pare: the checksum is wrong";
  CHECK(Error(Failure::Data, std::string(intact)).what() == intact);
}

TEST_CASE("error: a message that is too long keeps its beginning and its end") {
  const std::string message =
      "config.json: unknown key '" + std::string(100'000, 'k') + "', did you mean 'seed'?";
  const std::string line = Error(Failure::Usage, message).what();
  CHECK(line.size() < 1000);
  CHECK(line.starts_with("config.json: unknown key 'kkk"));
  CHECK(line.ends_with("', did you mean 'seed'?"));
  std::string letters;
  for (int i = 0; i < 1000; ++i) letters += "\u20ac";
  for (int shift = 0; shift < 3; ++shift) {
    const std::string cut =
        Error(Failure::Usage, std::string(static_cast<size_t>(shift), '-') + letters).what();
    size_t at = static_cast<size_t>(shift);
    while (cut.compare(at, 3, "\u20ac") == 0) at += 3;
    CHECK(cut.compare(at, 6, " [...]") == 0);  // no letter was cut through
    CHECK((cut.size() - at - 7) % 3 == 0);
  }
}

TEST_CASE("text: numbers look the same whatever locale the program has") {
  struct Grouped : std::numpunct<char> {
    char do_thousands_sep() const override { return ','; }
    std::string do_grouping() const override { return "\3"; }
    char do_decimal_point() const override { return ';'; }
  };
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Grouped));
  const std::string numbers = text(5000000, " ", 1.5, " ", 65536.25f);
  const std::string length = dump_line(to_json(Length{5000, Length::Unit::Iterations}));
  std::locale::global(before);
  CHECK(numbers == "5000000 1.5 65536.2");
  CHECK(length == "\"5000it\"");
}
