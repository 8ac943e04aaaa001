// Where data sets are looked for, and what is said when they are not there.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>

#include "framework/data/catalogue.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

// For the length of a test: $PARE_DATA is not set and the working directory is an empty one.
class NoData {
 public:
  NoData() : old_directory_(std::filesystem::current_path()) {
    if (const char* value = getenv("PARE_DATA")) old_value_ = value;
    unsetenv("PARE_DATA");
    std::filesystem::current_path(empty_.path());
  }
  ~NoData() {
    std::filesystem::current_path(old_directory_);
    unsetenv("PARE_DATA");
    if (old_value_) setenv("PARE_DATA", old_value_->c_str(), 1);
  }
  NoData(const NoData&) = delete;
  NoData& operator=(const NoData&) = delete;

 private:
  TemporaryDirectory empty_;
  std::filesystem::path old_directory_;
  std::optional<std::string> old_value_;
};

// A data set of `count` images of 2x2 whose labels are all `label`.
void write_mnist(const TemporaryDirectory& directory, const std::string& part, uint32_t count,
                 uint8_t label) {
  const Bytes images = idx_bytes(0x803, {count, 2, 2}, noise(count * 4));
  directory.write("mnist/" + part + "-images-idx3-ubyte.gz", gzipped(images));
  directory.write("mnist/" + part + "-labels-idx1-ubyte", idx_bytes(0x801, {count}, Bytes(count, label)));
}

std::vector<int> labels_of(const Source& source) {
  std::vector<int> labels;
  for (int i = 0; i < source.count(); ++i) labels.push_back(source.label(i));
  return labels;
}

}  // namespace

TEST_CASE("data: a set is read from the directory, else from $PARE_DATA") {
  const NoData nothing_else;
  const TemporaryDirectory given, environment;
  write_mnist(given, "train", 5, 1);
  write_mnist(given, "t10k", 2, 1);
  write_mnist(environment, "train", 4, 2);
  write_mnist(environment, "t10k", 3, 2);
  setenv("PARE_DATA", environment.path().c_str(), 1);

  const Dataset first = load_dataset("mnist", given.path());
  CHECK(first.spec.data == "mnist");
  CHECK(first.spec.classes.size() == 10);
  CHECK(first.train->count() == 5);
  CHECK(first.test->count() == 2);
  CHECK(load_dataset("mnist", "").train->count() == 4);

  CHECK(first.folder == given.path() + "/mnist");

  std::filesystem::remove(given.path() + "/mnist/train-labels-idx1-ubyte");
  const Dataset only = load_dataset("mnist", given.path(), Part::TestOnly);
  CHECK(only.test->count() == 2);
  CHECK(only.train == nullptr);
}

TEST_CASE("data: letters are numbered from 1 in their files") {
  const NoData nothing_else;
  const TemporaryDirectory directory;
  const std::string stem = "emnist-letters/emnist-letters-";
  const auto write = [&](const char* part, const Bytes& labels) {
    directory.write(stem + part + "-images-idx3-ubyte", idx_bytes(0x803, {2, 2, 2}, noise(8)));
    directory.write(stem + part + "-labels-idx1-ubyte", idx_bytes(0x801, {2}, labels));
  };
  write("train", {1, 26});
  write("test", {2, 3});
  const Dataset set = load_dataset("emnist-letters", directory.path());
  CHECK(labels_of(*set.train) == std::vector<int>{0, 25});
  CHECK(set.spec.classes[set.test->label(0)] == "B");
  for (const uint8_t wrong : {uint8_t{0}, uint8_t{27}}) {
    write("train", {1, wrong});
    CHECK(contains(failure_of(Failure::Data, [&] { load_dataset("emnist-letters", directory.path()); }),
                   "expected 1 to 26"));
  }
}

TEST_CASE("data: images of one size and number have fingerprints that tell them apart") {
  const ImageSet set{2, 2, 1, noise(8), {0, 1}};
  ImageSet other = set, relabelled = set, turned = set;
  other.pixels[5] ^= 1;
  relabelled.labels[1] = 2;
  turned.height = 4, turned.width = 1;
  CHECK(set.fingerprint() == ImageSet(set).fingerprint());
  for (const ImageSet* one : {&other, &relabelled, &turned}) CHECK(set.fingerprint() != one->fingerprint());
}

TEST_CASE("data: a cifar-10 set is its five training files and one test file") {
  const NoData nothing_else;
  const TemporaryDirectory directory;
  for (const char digit : {'1', '2', '3', '4', '5'})
    directory.write(std::string("cifar-10/data_batch_") + digit + ".bin",
                    Bytes(3073, static_cast<uint8_t>(digit - '0')));
  directory.write("cifar-10/test_batch.bin", Bytes(2 * 3073, 0));
  const Dataset set = load_dataset("cifar-10", directory.path());
  CHECK(labels_of(*set.train) == std::vector<int>{1, 2, 3, 4, 5});
  CHECK(set.test->count() == 2);
  CHECK(set.spec.classes[9] == "truck");
}

TEST_CASE("data: a folder that lacks a file is an error, not a reason to look elsewhere") {
  const NoData nothing_else;
  const TemporaryDirectory given, whole;
  for (const TemporaryDirectory* directory : {&given, &whole}) {
    write_mnist(*directory, "train", 4, 2);
    write_mnist(*directory, "t10k", 3, 2);
  }
  std::filesystem::rename(given.path() + "/mnist/t10k-labels-idx1-ubyte",
                          given.path() + "/mnist/t10k-labels.idx1-ubyte");  // as other programs call it
  const std::string missing =
      given.path() + "/mnist (no t10k-labels-idx1-ubyte, but t10k-labels.idx1-ubyte, ";
  setenv("PARE_DATA", whole.path().c_str(), 1);
  const std::string named = failure_of(Failure::Data, [&] { load_dataset("mnist", given.path()); });
  CHECK_MESSAGE(contains(named, missing), named);
  // The folder of the set itself instead of the one it is in; and $PARE_DATA before the other places.
  CHECK(contains(failure_of(Failure::Data, [&] { load_dataset("mnist", whole.path() + "/mnist"); }),
                 "mnist/mnist (no such directory)"));
  setenv("PARE_DATA", given.path().c_str(), 1);
  std::filesystem::create_directory_symlink(whole.path(), "data");
  const std::string first = failure_of(Failure::Data, [&] { load_dataset("mnist", ""); });
  CHECK_MESSAGE(contains(first, missing), first);
}

TEST_CASE("data: a set that is nowhere is told with every place and what is missing there") {
  const NoData nothing_else;
  const TemporaryDirectory directory;
  setenv("PARE_DATA", directory.path().c_str(), 1);
  const std::string message = failure_of(Failure::Data, [&] { load_dataset("cifar-10", ""); });
  CHECK_MESSAGE(contains(message, directory.path() + "/cifar-10 (no such directory)"), message);
  CHECK_MESSAGE(contains(message, ", data/cifar-10 (no such directory)"), message);
  CHECK_MESSAGE(contains(message, "/usr/share/datasets/cifar-10"), message);
  CHECK_MESSAGE(contains(message, "put its .bin files into"), message);
}

TEST_CASE("data: a directory that does not exist is an error, not a reason to look elsewhere") {
  const NoData nothing_else;
  const TemporaryDirectory environment;
  write_mnist(environment, "train", 4, 2);
  write_mnist(environment, "t10k", 3, 2);
  setenv("PARE_DATA", environment.path().c_str(), 1);
  const std::string mistyped = environment.path() + "x";
  CHECK(contains(failure_of(Failure::Data, [&] { load_dataset("mnist", mistyped); }), mistyped));
}

TEST_CASE("data: training and test images have to be of one size") {
  const NoData nothing_else;
  const TemporaryDirectory directory;
  write_mnist(directory, "t10k", 3, 2);
  directory.write("mnist/train-images-idx3-ubyte", idx_bytes(0x803, {1, 3, 2}, Bytes(6)));
  directory.write("mnist/train-labels-idx1-ubyte", idx_bytes(0x801, {1}, {0}));
  CHECK(contains(failure_of(Failure::Data, [&] { load_dataset("mnist", directory.path()); }), "3x2"));
}

TEST_CASE("data: an unknown name lists the known ones") {
  const std::string message = failure_of(Failure::Usage, [] { load_dataset("minst", ""); });
  for (const std::string& name : dataset_names()) CHECK_MESSAGE(contains(message, name), message);
  CHECK(contains(message, "'minst'"));
}

TEST_CASE("data: the installed Fashion-MNIST has its published counts") {
  const std::string place = "/usr/share/datasets";
  if (!std::filesystem::exists(place + "/fashion-mnist")) {
    MESSAGE("skipped: dataset-fashion-mnist is not installed");
    return;
  }
  const Dataset set = load_dataset("fashion-mnist", place);
  CHECK(set.train->count() == 60000);
  CHECK(set.test->count() == 10000);
  CHECK(set.train->input().bytes() == 28 * 28);
  CHECK(set.spec.classes[set.train->label(0)] == "Ankle boot");
  const std::vector<int> train = labels_of(*set.train), test = labels_of(*set.test);
  for (int label = 0; label < 10; ++label) {
    CHECK(std::count(train.begin(), train.end(), label) == 6000);
    CHECK(std::count(test.begin(), test.end(), label) == 1000);
  }
}
