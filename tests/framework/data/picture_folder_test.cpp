// Folders of pictures: which files are taken, for what, and what is refused.
#include "framework/data/sources/files/class_folders.h"
#include "framework/data/sources/pictures/pictures_config.h"
#include "tests/support/picture_fixtures.h"
#include "tests/support/source_fixtures.h"

using namespace pare;

namespace {

namespace fs = std::filesystem;

const Bytes& any_png() {
  static const Bytes bytes = png_of(noise_picture(4, 4, 3));
  return bytes;
}

struct Folder {
  TemporaryDirectory directory;

  explicit Folder(const std::vector<std::string>& files) {
    for (const std::string& file : files) directory.write("set/" + file, any_png());
  }
  std::string path(const std::string& below = "") const { return directory.path() + "/set" + below; }
  FoundFiles list() const {
    Lister lister({});
    return list_class_folders(path(), picture_files(), lister);
  }
  std::string refusal() const {
    return failure_of(Failure::Data, [&] { list(); });
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("pictures: classes are sorted folders, their files sorted by name, in whatever case they end") {
  const Folder folder({"dog/2.png", "dog/10.PNG", "cat/b.jpg", "cat/a.JPEG", "cat/B.jpeg"});
  const FoundFiles found = folder.list();
  CHECK(found.classes == Names{"cat", "dog"});
  CHECK(found.train.names == Names{"cat/B.jpeg", "cat/a.JPEG", "cat/b.jpg", "dog/10.PNG", "dog/2.png"});
  CHECK(found.train.labels == std::vector<int32_t>{0, 0, 0, 1, 1});
  CHECK(found.test.count() == 0);
  CHECK(found.notes.empty());
  CHECK(Folder({"10/a.png", "9/a.png", "1/a.png"}).list().classes == Names{"1", "9", "10"});
}

TEST_CASE("pictures: hidden names are skipped, other files counted in a note, links followed") {
  const Folder folder({"a/1.png", "b/1.png", ".ipynb_checkpoints/1.png", "a/.DS_Store", "a/._1.png",
                       "b/notes.txt", "README.md", "b/LICENSE"});
  fs::create_directory_symlink(folder.path("/b"), folder.path("/c"));
  fs::create_symlink(folder.path("/b/1.png"), folder.path("/a/2.png"));
  const FoundFiles found = folder.list();
  CHECK(found.classes == Names{"a", "b", "c"});
  CHECK(found.train.names == Names{"a/1.png", "a/2.png", "b/1.png", "c/1.png"});
  REQUIRE(found.notes.size() == 1);
  CHECK(contains(found.notes[0], "5 files that are no pictures were left out, such as"));  // two by the link
  fs::create_symlink(folder.path("/nowhere"), folder.path("/a/3.png"));
  CHECK(contains(folder.refusal(), "a/3.png: is a link that leads nowhere"));
}

TEST_CASE("pictures: train, validation and test are parts where train holds folders, and a class where not") {
  const Folder parts({"train/a/1.png", "train/b/1.png", "val/a/2.png", "test/b/3.png"});
  const FoundFiles found = parts.list();
  CHECK(found.divided);
  CHECK(found.classes == Names{"a", "b"});
  CHECK(found.train.names == Names{"a/1.png", "b/1.png"});
  CHECK(found.validation.names == Names{"a/2.png"});
  CHECK(found.test.path(0) == parts.path("/test/b/3.png"));
  CHECK(found.test.labels == std::vector<int32_t>{1});
  CHECK(found.notes.size() == 2);
  CHECK(contains(found.notes[0], "has no pictures of 'b'"));

  const Folder vehicles({"bus/1.png", "test/1.png", "train/1.png"});
  CHECK(vehicles.list().classes == Names{"bus", "test", "train"});
  CHECK(
      contains(Folder({"train/a/1.png", "train/b/1.png", "more/a/1.png"}).refusal(), "set/more: is beside"));
  CHECK(contains(Folder({"train/a/1.png", "train/b/1.png", "test/c/1.png"}).refusal(),
                 "test/c: is no class of the training pictures, whose classes are a, b"));
  CHECK(contains(Folder({"train/a/1.png", "train/b/1.png", "val/a/1.png", "validation/a/1.png"}).refusal(),
                 "both a folder validation and a folder val"));
}

TEST_CASE("pictures: what is not as it should be is named") {
  CHECK(contains(Folder({"a/1.png"}).refusal(), "has 1 folder, expected one for each class"));
  CHECK(contains(Folder({"a/1.png", "b/1.png", "1.png"}).refusal(), "set/1.png: is a picture outside"));
  CHECK(contains(Folder({"a/1.png", "b/c/1.png"}).refusal(), "b/c: is a folder in the folder of a class"));
  CHECK(contains(Folder({"a/1.png", "b/1.gif"}).refusal(), "b/1.gif: only PNG and JPEG are read; convert"));
  const Folder empty({"a/1.png", "b/1.txt"});
  CHECK(contains(empty.refusal(), "set/b: has no pictures (*.png, *.jpg, *.jpeg, *.jpe, *.jfif)"));
  fs::create_directory(empty.path("/b/x.png"));
  CHECK(contains(empty.refusal(), "b/x.png: is a folder in"));
  CHECK(contains(Folder({"a/1.png", "\xFF/1.png"}).refusal(), "the name is not UTF-8"));
  CHECK(contains(refusal_of_source(Failure::Data, empty.directory,
                                   R"({"kind": "pictures", "path": "none", "size": [4, 4]})"),
                 "data folder 'none' not found"));
  CHECK(contains(refusal_of_source(Failure::Data, empty.directory,
                                   R"({"kind": "pictures", "path": "set/a/1.png", "size": [4, 4]})"),
                 "1.png: is a file, expected a directory"));
}
