// Files whose names say their class and group, and how files are divided.
#include "framework/data/sources/files/file_split.h"
#include "framework/data/sources/files/named_files.h"
#include "framework/data/split.h"
#include "tests/support/picture_fixtures.h"
#include "tests/support/source_fixtures.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

using Names = std::vector<std::string>;

std::string refused_pattern(const std::string& pattern) {
  return failure_of(Failure::Usage, [&] { NamePattern{pattern}; });
}

// 4 classes of 3 people with 5 pictures each: a_ann_0.png.
struct People {
  TemporaryDirectory directory;

  People() {
    uint32_t seed = 0;
    for (const char* label : {"a", "b", "c", "d"})
      for (const char* person : {"ann", "bob", "cy"})
        for (int take = 0; take < 5; ++take)
          directory.write(text("set/", label, "_", person, "_", take, ".png"),
                          png_of(noise_picture(4, 4, 3, ++seed)));
  }
  std::string source(const std::string& more) const {
    return R"({"kind": "pictures", "path": "set", "size": [4, 4], "file_names": "{class}_{person}_{take}", )" +
           more + "}";
  }
  Dataset load(const std::string& more) const { return load_source(directory, source(more)); }
  std::string refusal(Failure failure, const std::string& more) const {
    return refusal_of_source(failure, directory, source(more));
  }
};

}  // namespace

TEST_CASE("file names: a pattern's parts, each up to the text behind it, the last one with what is left") {
  const NamePattern fsdd("{class}_{speaker}_{take}");
  CHECK(fsdd.match("7_jackson_0") == Names{"7", "jackson", "0"});
  CHECK(fsdd.match("7_jackson_0_loud") == Names{"7", "jackson", "0_loud"});
  CHECK(!fsdd.match("7_jackson"));
  CHECK(!fsdd.match("7__0"));
  CHECK(!fsdd.match("x/7_jackson_0"));
  CHECK(fsdd.folders() == 0);
  const NamePattern words("{class}/{speaker}_nohash_{take}");
  CHECK(words.match("right/a69b9b3e_nohash_0") == Names{"right", "a69b9b3e", "0"});
  CHECK(!words.match("right/a69b9b3e"));
  CHECK(words.folders() == 1);
  CHECK(words.part("speaker", "key") == 1);
  CHECK(contains(failure_of(Failure::Usage, [&] { words.part("speeker", "data.source.group"); }),
                 "data.source.group: 'speeker' is no part of data.source.file_names, "
                 "'{class}/{speaker}_nohash_{take}', did you mean 'speaker'?"));
  CHECK(NamePattern("img-{number}.{class}-x").match("img-12.cat-x") == Names{"12", "cat"});
  CHECK(!NamePattern("img-{number}.{class}-x").match("img-12.cat-y"));
  CHECK(contains(refused_pattern("{speaker}_{take}"), "it has no part {class}"));
  CHECK(contains(refused_pattern("{class}{take}"), "nothing divides {class} from {take}"));
  CHECK(contains(refused_pattern("{class}_{class}"), "two parts are called {class}"));
  CHECK(contains(refused_pattern("{class}_{}"), "a part has no name"));
  for (const char* const broken : {"{class", "class}", "{cl{ass}"})
    CHECK(contains(refused_pattern(broken), "its braces do not match"));
}

TEST_CASE("file names: groups are tested on, validated on, or drawn whole") {
  const People people;
  const Dataset by_person =
      people.load(R"("group": "person", "test_groups": ["bob"], "validation_groups": ["cy"])");
  CHECK(by_person.spec.classes == Names{"a", "b", "c", "d"});
  CHECK(by_person.train->count() == 20);
  CHECK(by_person.test->count() == 20);
  CHECK(by_person.validation->count() == 20);
  CHECK(contains(by_person.notes[0], "20 pictures to train on, 20 to validate on, 20 to test on"));
  const Dataset by_take = people.load(R"("group": "take", "test_groups": ["0", "1"])");
  CHECK(by_take.test->count() == 24);
  CHECK(by_take.train->count() == 36);
  CHECK(by_take.validation == nullptr);
  const Split takes = split(*by_take.train, 10, 1);  // 12 of a take, 3 takes
  CHECK(takes.validation.size() == 12);
  const auto take_of = [&](int i) {
    return by_take.train->name(i).substr(by_take.train->name(i).rfind('_'));
  };
  for (const int i : takes.validation) CHECK(take_of(i) == take_of(takes.validation[0]));
  const Dataset drawn = people.load(R"("group": "person", "test_share": 0.4, "split_seed": 3)");
  CHECK(drawn.test->count() % 20 == 0);
  CHECK(drawn.train->count() + drawn.test->count() == 60);
  CHECK(people.load(R"("test_share": 0.3)").test->count() > 5);

  // Another person moves none of the others.
  const auto person_of = [](const Dataset& data) { return inputs_of(*data.test, 0); };
  const std::vector<float> before = person_of(drawn);
  people.directory.write("set/a_dee_0.png", png_of(noise_picture(4, 4, 3, 99)));
  const Dataset more = people.load(R"("group": "person", "test_share": 0.4, "split_seed": 3)");
  CHECK(more.train->count() + more.test->count() == 61);
  bool still_there = false;
  for (int i = 0; i < more.test->count(); ++i)
    still_there = still_there || inputs_of(*more.test, i) == before;
  CHECK(still_there);
}

TEST_CASE("file names: what is asked for and is not there is named") {
  const People people;
  const auto misused = [&](const std::string& more) { return people.refusal(Failure::Usage, more); };
  const auto refused = [&](const std::string& more) { return people.refusal(Failure::Data, more); };
  CHECK(contains(misused(R"("group": "person")"),
                 "nothing to test on; give a folder test beside the folder train, test_groups or test_list"));
  CHECK(contains(misused(R"("test_groups": ["bob"])"), "which part of the names has these values"));
  CHECK(contains(misused(R"("group": "persons", "test_share": 0.2)"), "did you mean 'person'?"));
  CHECK(contains(misused(R"("group": "person", "test_groups": ["bob"], "test_share": 0.2)"),
                 "give one of them"));
  CHECK(contains(refused(R"("group": "person", "test_groups": ["bop"])"),
                 "no file's {person} is 'bop', which data.source has for testing, did you mean 'bob'?"));
  CHECK(contains(refused(R"("group": "person", "test_groups": ["bob"], "validation_groups": ["bob"])"),
                 "is for validation and for testing, too"));
  CHECK(contains(refused(R"("group": "person", "test_groups": ["ann", "bob", "cy"])"),
                 "no pictures of 'a' are left to train on"));
  CHECK(contains(refused(R"("test_share": 0.2, "ignore": ["old"])"), "has no file or folder 'old'"));
  people.directory.write("set/README.png", png_of(noise_picture(4, 4, 3)));
  CHECK(contains(refused(R"("test_share": 0.2)"),
                 "set/README.png: the name does not fit '{class}_{person}_{take}', data.source.file_names"));
  CHECK(people.load(R"("test_share": 0.2, "ignore": ["README.png"])").train->count() > 30);
  people.directory.write("set/more/a_ann_9.png", png_of(noise_picture(4, 4, 3)));
  CHECK(contains(refused(R"("test_share": 0.2, "ignore": ["README.png"])"), "set/more: is a folder, where"));
  CHECK(
      contains(refusal_of_source(Failure::Usage, people.directory,
                                 R"({"kind": "pictures", "path": "set", "size": [4, 4], "group": "person"})"),
               "nothing says which parts they have"));
}

TEST_CASE("file names: lists say what is for testing and validation, in folders of classes, too") {
  const TemporaryDirectory directory;
  uint32_t seed = 0;
  for (const char* word : {"no", "yes"})
    for (const char* speaker : {"aa", "bb", "cc"})
      directory.write(text("set/", word, "/", speaker, "_nohash_0.png"),
                      png_of(noise_picture(4, 4, 3, ++seed)));
  directory.write("set/_noise_/hum.png", png_of(noise_picture(4, 4, 3)));
  directory.write("set/testing_list.txt", bytes_of_text("no/bb_nohash_0.png\r\nyes/aa_nohash_0.png\n\n"));
  directory.write("set/validation_list.txt", bytes_of_text("no/cc_nohash_0.png"));
  const auto source = [](const std::string& more) {
    return R"({"kind": "pictures", "path": "set", "size": [4, 4], "ignore": ["_noise_"], "test_list": "testing_list.txt")" +
           more + "}";
  };
  for (const char* const names : {"", R"(, "file_names": "{class}/{speaker}_nohash_{take}")"}) {
    const Dataset data =
        load_source(directory, source(text(R"(, "validation_list": "validation_list.txt")", names)));
    CHECK(data.spec.classes == Names{"no", "yes"});
    CHECK(data.train->count() == 3);
    CHECK(data.test->count() == 2);
    CHECK(data.validation->count() == 1);
    CHECK(data.test->label(0) == 0);
  }
  directory.write("set/testing_list.txt", bytes_of_text("no/bb_nohash_0.png\nyes/zz_nohash_0.png\n"));
  CHECK(contains(refusal_of_source(Failure::Data, directory, source("")),
                 "testing_list.txt: line 2: 'yes/zz_nohash_0.png' is none of the files in"));
}
