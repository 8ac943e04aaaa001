// Texts as examples: characters, alphabets, files and tables, and what is refused.
#include <algorithm>

#include "framework/data/preprocessing/text_preprocessing.h"
#include "framework/data/sources/texts/texts_config.h"
#include "framework/data/text/alphabet.h"
#include "tests/support/program.h"
#include "tests/support/source_fixtures.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

TextPreprocessing preprocessing_of(const std::string& alphabet, int length) {
  TextPreprocessing preprocessing;
  preprocessing.alphabet = alphabet;
  preprocessing.length = length;
  return preprocessing;
}

// Of each place the number that is marked there, and -1 where none is.
std::vector<int> places(const TextPreprocessing& preprocessing, const std::string& text) {
  const InputShape input = preprocessing.input("");
  std::vector<std::byte> raw(input.bytes(), std::byte{7});
  preprocessing.prepare(bytes_of_text(text), "t.txt", input, raw.data());
  std::vector<int> marked;
  for (int place = 0; place < input.height; ++place) {
    const std::byte* const at = raw.data() + int64_t{place} * input.channels;
    CHECK(std::count(at, at + input.channels, std::byte{255}) +
              std::count(at, at + input.channels, std::byte{0}) ==
          input.channels);
    CHECK(std::count(at, at + input.channels, std::byte{255}) <= 1);
    const auto number = std::find(at, at + input.channels, std::byte{255}) - at;
    marked.push_back(number == input.channels ? -1 : static_cast<int>(number));
  }
  return marked;
}

// Texts of "a" and "b" in which one is frequent, each class a folder.
void write_folder(const TemporaryDirectory& directory) {
  for (int i = 0; i < 30; ++i) {
    std::string text;
    for (int place = 0; place < 20; ++place) text += (place * 7 + i) % 5 == 0 ? 'b' : 'a';
    directory.write(pare::text("set/many a/", i, ".txt"), bytes_of_text(text));
    std::ranges::replace(text, 'b', 'c');
    std::ranges::replace(text, 'a', 'b');
    std::ranges::replace(text, 'c', 'a');
    directory.write(pare::text("set/many b/", i, ".txt"), bytes_of_text(text));
  }
}

std::string folder_source(const std::string& more = "") {
  return R"({"kind": "texts", "path": "set", "length": 16, "test_share": 0.2)" + more + "}";
}

}  // namespace

TEST_CASE("texts: UTF-8 becomes characters and back; what is none is refused with its place") {
  const std::string good = "a\u00e9\u0416\u20ac\U0001F600\x7f\U0010FFFF";
  const std::u32string characters = characters_of(good, "t");
  CHECK(characters == std::u32string{U'a', 0xE9, 0x416, 0x20AC, 0x1F600, 0x7F, 0x10FFFF});
  CHECK(utf8_of(characters) == good);
  CHECK(characters_of("\xEF\xBB\xBF"
                      "a\xEF\xBB\xBF",
                      "t") == std::u32string{U'a', 0xFEFF});
  CHECK(characters_of("", "t").empty());
  for (const char* bad : {"ab\x80", "ab\xC3", "ab\xC0\xAF", "ab\xE0\x80\xAF", "ab\xED\xA0\x80",
                          "ab\xF4\x90\x80\x80", "ab\xFF", "ab\xE2\x82", "ab\xF0\x82\x82\xAC", "ab\xE9t\xE9"})
    CHECK(contains(failure_of(Failure::Data, [&] { characters_of(bad, "t.txt"); }),
                   "t.txt: is no UTF-8 text at byte 2; convert it"));
}

TEST_CASE("texts: each character is a channel; others are nothing, capitals small and line ends blanks") {
  const TextPreprocessing letters = preprocessing_of("ab \u00e9\u20ac", 8);
  CHECK(letters.input("") == InputShape{8, 1, 5});
  CHECK(places(letters, "Ba\n\u00e9x\u20acb") == std::vector<int>{1, 0, 2, 3, -1, 4, 1, -1});
  CHECK(places(letters, "aaaaaaaabbb") == std::vector<int>(8, 0));
  CHECK(places(preprocessing_of("a\n ", 4), "a\n\ta") == std::vector<int>{0, 1, 2, 0});
  TextPreprocessing exact = preprocessing_of("aA", 3);
  exact.lower_case = false;
  CHECK(places(exact, "aAb") == std::vector<int>{0, 1, -1});
  TextPreprocessing bytes;
  bytes.units = TextUnits::Bytes;
  bytes.length = 4;
  CHECK(bytes.input("") == InputShape{4, 1, 256});
  CHECK(places(bytes, "A\xff\n") == std::vector<int>{'a', 255, '\n', -1});
  bytes.lower_case = false;
  CHECK(places(bytes, "A") == std::vector<int>{'A', -1, -1, -1});
  // What a report shows.
  std::vector<std::byte> raw(letters.input("").bytes());
  letters.prepare(bytes_of_text("Ab\u00e9 xA"), "t", letters.input(""), raw.data());
  CHECK(letters.text_in(letters.input(""), raw.data()) == "ab\u00e9 ?a");
}

TEST_CASE("texts: an alphabet that is none") {
  const TemporaryDirectory directory;
  write_folder(directory);
  const auto refused = [&](const std::string& more) {
    return refusal_of_source(Failure::Usage, directory, folder_source(more));
  };
  std::u32string many;
  for (char32_t c = 0x20000; many.size() < 10000; ++c) many.push_back(c);
  CHECK(contains(refused(R"(, "alphabet": "")"), "data.source.alphabet: no characters"));
  CHECK(contains(refused(R"(, "alphabet": "abca")"), "data.source.alphabet: 'a' is there twice"));
  CHECK(contains(refused(R"(, "alphabet": ")" + utf8_of(many) + "\""),
                 "10000 characters, expected at most 8192"));
  CHECK(contains(
      refusal_of_source(
          Failure::Usage, directory,
          R"({"kind": "texts", "path": "set", "length": 60000, "units": "bytes", "test_share": 0.2})"),
      "data.source.length: 60000 times 256"));
  CHECK(contains(refused(R"(, "test": "b.csv")"), "\"text\" and \"label\""));
}

TEST_CASE("texts: a folder a class; no file is passed over") {
  const TemporaryDirectory directory;
  write_folder(directory);
  const Dataset data = load_source(directory, folder_source());
  CHECK(data.spec.classes == std::vector<std::string>{"many a", "many b"});
  CHECK(data.spec.input == InputShape{16, 1, Alphabet(TextPreprocessing::kAlphabet, "").size()});
  CHECK(data.train->count() + data.test->count() == 60);
  const auto refused = [&](const char* name, const std::string& content) {
    directory.write(std::string("set/many a/") + name, bytes_of_text(content));
    const std::string said = refusal_of_source(Failure::Data, directory, folder_source());
    std::filesystem::remove(directory.path() + "/set/many a/" + name);
    return said;
  };
  CHECK(contains(refused("x.txt", "gr\xfcn"), "x.txt: is no UTF-8 text at byte 2"));
  CHECK(contains(refused("x.txt", ""), "x.txt: is empty"));
  CHECK(contains(refused("x.pdf", "%PDF"), "only plain text is read"));

  // Or they are left out, and counted.
  directory.write("set/many a/x.txt", bytes_of_text("gr\xfcn"));
  directory.write("set/many b/y.txt", {});
  const Dataset others = load_source(directory, folder_source(R"(, "damaged": "skip")"));
  CHECK(others.train->count() + others.test->count() == 60);
  int said = 0;
  for (const std::string& note : others.notes)
    said += contains(note, "cannot be read and were left out") ? 1 : 0;
  CHECK(said >= 1);
  for (int i = 0; i < 30; ++i) directory.write(pare::text("set/many b/", i, ".txt"), {});
  CHECK(contains(refusal_of_source(Failure::Data, directory, folder_source(R"(, "damaged": "skip")")),
                 "no texts of class 'many b' that can be read are left"));
}

TEST_CASE("texts: a column of a table; rows are named") {
  const TemporaryDirectory directory;
  std::string table = "id,said,kind\n";
  for (int i = 0; i < 40; ++i)
    table += pare::text(i, ",\"", i % 2 ? "no, \u00fc" : "yes", " ", i, "\",", i % 2 ? "bad" : "good", "\n");
  directory.write("t.csv", bytes_of_text(table));
  const std::string common = R"({"kind": "texts", "path": "t.csv", "length": 12)";
  const std::string columns = R"(, "text": "said", "label": "kind")";
  const Dataset data = load_source(directory, common + columns + R"(, "test_share": 0.25})");
  CHECK(data.spec.classes == std::vector<std::string>{"bad", "good"});
  CHECK(data.train->count() == 30);
  CHECK(data.test->count() == 10);
  for (int i = 0; i < data.train->count(); ++i) {
    std::vector<std::byte> buffer;
    const auto& texts = static_cast<const TextPreprocessing&>(*data.spec.preprocessing);
    const std::string text = texts.text_in(data.spec.input, data.train->read(i, buffer));
    CHECK(text.starts_with(data.train->label(i) == 0 ? "no, ? " : "yes "));
    CHECK(contains(data.train->name(i), "t.csv: row "));
  }
  CHECK(std::ranges::any_of(
      data.notes, [](const std::string& note) { return contains(note, "not in data.source.alphabet"); }));
  const Dataset same = load_source(directory, common + columns + R"(, "test_share": 0.25})");
  CHECK(same.train->fingerprint() == data.train->fingerprint());
  CHECK(same.train->fingerprint() != data.test->fingerprint());

  directory.write("other.csv", bytes_of_text("kind,said\ngood,yes\n"));
  CHECK(load_source(directory, common + columns + R"(, "test": "other.csv"})").test->count() == 1);
  directory.write("other.csv", bytes_of_text("kind,said\nugly,yes\n"));
  CHECK(contains(refusal_of_source(Failure::Data, directory, common + columns + R"(, "test": "other.csv"})"),
                 "other.csv: row 2, column 'kind': 'ugly'"));
  directory.write("other.csv", bytes_of_text("kind,said\ngood,yes\ngood,\n"));
  CHECK(contains(refusal_of_source(Failure::Data, directory, common + columns + R"(, "test": "other.csv"})"),
                 "other.csv: row 3: the text is empty"));
  CHECK(contains(
      refusal_of_source(Failure::Usage, directory, common + R"(, "text": "said", "test_share": 0.2})"),
      "\"text\" and \"label\""));
  CHECK(contains(refusal_of_source(Failure::Usage, directory,
                                   common + R"(, "text": "sad", "label": "kind", "test_share": 0.2})"),
                 "data.source.text"));
  CHECK(contains(refusal_of_source(Failure::Usage, directory, common + columns + "}"), "test_share"));
}

TEST_CASE("texts: recognised with their length and alphabet; other tables are no texts") {
  const TemporaryDirectory directory;
  write_folder(directory);
  TextsConfig folder;
  CHECK(folder.recognise(directory.path() + "/set"));
  CHECK(folder.preprocessing.length == 32);
  CHECK(folder.preprocessing.alphabet == TextPreprocessing::kAlphabet);
  CHECK(folder.split.hold_out.test_share == 0.2);

  std::string table = "kind,id,said\n";
  for (int i = 0; i < 200; ++i)
    table += pare::text(
        i % 2 ? "a," : "b,", i,
        ",\u0441\u043b\u043e\u0432\u043e \u0438 \u0434\u0435\u043b\u043e \u043d\u043e\u043c\u0435\u0440 ", i,
        "\n");
  directory.write("t.csv", bytes_of_text(table));
  TextsConfig russian;
  CHECK(russian.recognise(directory.path() + "/t.csv"));
  CHECK(russian.preprocessing.column == "said");
  CHECK(russian.label == "kind");
  CHECK(Alphabet(russian.preprocessing.alphabet, "").number_of(U'\u0441') >= 0);

  std::string numbers = "x,y,kind\n";
  for (int i = 0; i < 200; ++i) numbers += pare::text(i, ",", i * i, ",", i % 2 ? "red" : "blue", "\n");
  directory.write("n.csv", bytes_of_text(numbers));
  CHECK(!TextsConfig().recognise(directory.path() + "/n.csv"));
  CHECK(recognise_source(directory.path() + "/n.csv").kind == "table");
}

TEST_CASE("texts: a network learns them, and its file knows how to read others") {
  const TemporaryDirectory directory;
  write_folder(directory);
  const Result config = run_program(directory.path(), {"data", "set", "--config"});
  REQUIRE_MESSAGE(config.exit_code == 0, config.err);
  directory.write("my.json", bytes_of_text(config.out));
  const Result trained =
      run_program(directory.path(), {"train", "my.json", "--threads", "1", "--out", "run"});
  REQUIRE_MESSAGE(trained.exit_code == 0, trained.err);
  const Json summary = parse_json(contents(directory.path() + "/run/summary.json"), "summary");
  CHECK(summary.find("test_accuracy")->number() == 1);
  directory.write("new.txt", bytes_of_text("AAAABAAABAAAAABAAAA\n"));
  const Result said = run_program(directory.path(), {"predict", "run", "new.txt"});
  CHECK_MESSAGE(contains(said.out, "many a"), said.out, said.err);
  directory.write("rows.csv", bytes_of_text("text\naaaa\nbbbb\n"));
  const Result table = run_program(directory.path(), {"predict", "run", "rows.csv"});
  CHECK(table.exit_code == 3);
  CHECK_MESSAGE(contains(table.err, "rows.csv: is a table, and the model learnt from files"), table.err);
  const Result sheet = run_program(
      directory.path(), {"data", "set", "--sheet", "sheet.html", "--set", "data.source.length=16"});
  CHECK_MESSAGE(sheet.exit_code == 0, sheet.err);
  CHECK(contains(contents(directory.path() + "/sheet.html"), "\"text\":\""));
  const Result web = run_program(directory.path(), {"export", "run", "--format", "web", "--out", "page"});
  CHECK_MESSAGE(web.exit_code == 0, web.err);
  CHECK(contains(contents(directory.path() + "/page/model.js"), "\"lower_case\""));
}

TEST_CASE("texts: a network that learnt a column reads that of other tables, row by row") {
  const TemporaryDirectory directory;
  std::string rows = "kind,said\n";
  for (int i = 0; i < 200; ++i)
    rows += pare::text(i % 2 ? "good" : "bad", i % 2 ? ",all is well and fine " : ",nothing works any more ",
                       i, "\n");
  directory.write("t.csv", bytes_of_text(rows));
  const auto done = [&](const std::vector<std::string>& arguments) {
    return run_program(directory.path(), arguments);
  };
  const Result config = done({"data", "t.csv", "--config"});
  REQUIRE_MESSAGE(config.exit_code == 0, config.err);
  directory.write("my.json", bytes_of_text(config.out));
  const Result trained = done({"train", "my.json", "--threads", "1", "--out", "run"});
  REQUIRE_MESSAGE(trained.exit_code == 0, trained.err);

  directory.write("new.csv",
                  bytes_of_text("said,who\nall is well,me\n,nobody\n\"nothing, or\nany more\",you\n"));
  const Result some = done({"predict", "run", "new.csv"});
  CHECK(some.exit_code == 3);
  CHECK_MESSAGE(contains(some.out, "new.csv: row 2: good"), some.out);
  CHECK_MESSAGE(contains(some.out, "new.csv: row 4: bad"), some.out);
  CHECK_MESSAGE(contains(some.err, "new.csv: row 3: the text is empty"), some.err);
  directory.write("one.csv", bytes_of_text("said\nall is well and fine\n"));
  CHECK(contains(done({"predict", "run", "one.csv"}).out, "one.csv: row 2: good"));
  directory.write("file.txt", bytes_of_text("nothing works\n"));
  CHECK(contains(done({"predict", "run", "file.txt"}).out, "file.txt: bad"));
  directory.write("other.csv", bytes_of_text("who,sayd\nme,all is well\n"));
  const Result other = done({"predict", "run", "other.csv"});
  CHECK(other.exit_code == 3);
  CHECK_MESSAGE(contains(other.err, "other.csv: has no column 'said'"), other.err);
  CHECK_MESSAGE(contains(other.err, "did you mean 'sayd'"), other.err);
}
