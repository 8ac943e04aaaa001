// Arrays as examples: where they are, their shapes and types, and every trap.
#include <algorithm>
#include <filesystem>

#include "framework/data/batches/batches.h"
#include "framework/data/catalogue.h"
#include "framework/data/normalisation.h"
#include "framework/data/split.h"
#include "tests/support/array_fixtures.h"
#include "tests/support/source_fixtures.h"

using namespace pare;

namespace {

Bytes images(int count) {
  return npy_bytes("|u1", text(count, ", 4, 3"), noise(static_cast<size_t>(count) * 12));
}
Bytes labels(int count) {
  std::vector<int64_t> numbers;
  for (int i = 0; i < count; ++i) numbers.push_back(i % 3);
  return npy_bytes("<i8", text(count, ","), numbers);
}

std::string arrays(const std::string& more) { return R"({"kind": "arrays", )" + more + "}"; }
const std::string kOne = arrays(R"("path": "a.npz")");
const std::string kShare = arrays(R"("path": "a.npz", "test_share": 0.5)");

// Of inputs x and labels y.
Dataset load_pair(const Bytes& x, const Bytes& y, const std::string& config = kShare) {
  const TemporaryDirectory directory;
  write_npz(directory, "a.npz", {{"x", x}, {"y", y}});
  return load_source(directory, config);
}
std::string refusal(const Bytes& x, const Bytes& y, Failure failure = Failure::Data,
                    const std::string& config = kShare) {
  return failure_of(failure, [&] { load_pair(x, y, config); });
}

}  // namespace

TEST_CASE("arrays: the names that Keras, MedMNIST and others give are found by themselves") {
  const std::vector<std::vector<std::string>> usual{
      {"x_train", "y_train", "x_test", "y_test"},
      {"train_images", "train_labels", "test_images", "test_labels"}};
  for (const std::vector<std::string>& names : usual) {
    const TemporaryDirectory directory;
    write_npz(directory, "a.npz",
              {{names[0], images(20)},
               {names[1], labels(20)},
               {names[2], images(5)},
               {names[3], labels(5)},
               {"val_images", images(2)}});
    const Dataset data = load_source(directory, kOne);
    CHECK(data.train->count() == 20);
    CHECK(data.test->count() == 5);
    CHECK(data.spec.input == InputShape{4, 3, 1, Element::U8});
    CHECK(data.spec.classes == std::vector<std::string>{"0", "1", "2"});
    CHECK(data.spec.data == "a.npz");
    CHECK(data.test->label(4) == 1);
    const Bytes pixels = noise(240);
    CHECK(inputs_of(*data.train, 3) == std::vector<float>(pixels.begin() + 36, pixels.begin() + 48));
    CHECK(dynamic_cast<const ImageSet*>(data.train.get()) != nullptr);
    CHECK(contains(data.notes.at(1), "val_images"));
  }
}

TEST_CASE("arrays: names that are not usual are given as keys, one-array files one by one") {
  const TemporaryDirectory directory;
  write_npz(directory, "a.npz", {{"A", images(20)}, {"B", labels(20)}});
  const std::string unknown = refusal_of_source(Failure::Usage, directory, kShare);
  CHECK(contains(unknown, "\"keys\""));
  CHECK(contains(unknown, "A, B"));
  CHECK(load_source(directory, arrays(R"("path": "a.npz", "keys": ["A", "B"], "test_share": 0.5)"))
            .train->count() == 9);
  CHECK(contains(refusal_of_source(Failure::Data, directory,
                                   arrays(R"("path": "a.npz", "keys": ["A", "C"], "test_share": 0.5)")),
                 "has no array 'C'"));
  CHECK(contains(refusal_of_source(Failure::Usage, directory, arrays(R"("path": "a.npz", "keys": ["A"])")),
                 "2 (inputs, labels) or 4"));
  write_npz(directory, "imgs.npz", {{"arr_0", images(20)}});  // as KMNIST's
  directory.write("labels.npy", labels(20));
  const std::string files = R"("inputs": "imgs.npz", "labels": "labels.npy")";
  CHECK(load_source(directory, arrays(files + R"(, "test_share": 0.5)")).test->count() == 11);
  CHECK(load_source(directory, arrays(files + R"(, "test_inputs": "imgs.npz", "test_labels": "labels.npy")"))
            .test->count() == 20);
  CHECK(
      contains(refusal_of_source(Failure::Usage, directory, arrays(files + R"(, "test_inputs": "imgs.npz")")),
               "belong together"));
  CHECK(contains(refusal_of_source(Failure::Usage, directory, arrays(files)), "nothing to test on"));
  CHECK(contains(refusal_of_source(Failure::Usage, directory, arrays(files + R"(, "path": "a.npz")")),
                 "leave one of them out"));
  CHECK(
      contains(refusal_of_source(Failure::Usage, directory, arrays(R"("test_share": 0.5)")), "give a file"));
  CHECK(contains(refusal_of_source(Failure::Usage, directory,
                                   arrays(R"("inputs": "a.npz", "labels": "labels.npy", "test_share": 0.5)")),
                 "expected one"));
  write_npz(directory, "two.npz", {{"x", images(20)}, {"X", images(20)}, {"y", labels(20)}});
  CHECK(contains(
      refusal_of_source(Failure::Usage, directory, arrays(R"("path": "two.npz", "test_share": 0.5)")),
      "several"));
}

TEST_CASE("arrays: test arrays and test_share exclude each other") {
  const TemporaryDirectory directory;
  write_npz(directory, "a.npz",
            {{"x_train", images(20)}, {"y_train", labels(20)}, {"x_test", images(5)}, {"y_test", labels(5)}});
  CHECK(contains(refusal_of_source(Failure::Usage, directory, kShare), "leave one of them out"));
  write_npz(directory, "b.npz",
            {{"x_train", images(20)},
             {"y_train", labels(20)},
             {"x_test", npy_bytes("|u1", "5, 4, 4", noise(80))},
             {"y_test", labels(5)}});
  CHECK(contains(refusal_of_source(Failure::Data, directory, arrays(R"("path": "b.npz")")),
                 "u8 (5,4,4), but the training inputs are u8 (20,4,3)"));
}

TEST_CASE("arrays: ranks 2 to 4 are rows, pictures and pictures with channels; what is not u8 becomes f32") {
  const auto shape = [](const std::string& extents, const char* descr, int bytes) {
    return load_pair(npy_bytes(descr, "6, " + extents, Bytes(static_cast<size_t>(6 * 12 * bytes), 0)),
                     labels(6))
        .spec.input;
  };
  CHECK(shape("12", "|u1", 1) == InputShape{1, 1, 12, Element::U8});
  CHECK(shape("4, 3", "|u1", 1) == InputShape{4, 3, 1, Element::U8});
  CHECK(shape("2, 2, 3", "|u1", 1) == InputShape{2, 2, 3, Element::U8});
  for (const auto& [descr, bytes] : {std::pair{"<f4", 4}, {">f8", 8}, {"<i2", 2}, {"|b1", 1}})
    CHECK(shape("2, 2, 3", descr, bytes) == InputShape{2, 2, 3, Element::F32});
  CHECK(contains(refusal(npy_bytes("|u1", "6,", noise(6)), labels(6)),
                 "expected inputs (N,C), (N,H,W) or (N,H,W,C)"));
  CHECK(contains(refusal(npy_bytes("|u1", "6, 1, 1, 1, 1", noise(6)), labels(6)), "x.reshape"));
  const Dataset maybe = load_pair(npy_bytes("|u1", "6, 3, 8, 8", noise(6 * 192)), labels(6));
  CHECK(contains(maybe.notes.back(), "numpy.moveaxis(x, 1, -1)"));
}

TEST_CASE("arrays: labels are integers of any type, (N) or (N,1); classes may have names") {
  const Bytes x = images(6);
  for (const Bytes& y : {npy_bytes("|u1", "6, 1", Bytes{0, 1, 2, 0, 1, 2}),
                         npy_bytes(">i2", "6,", Bytes{0, 0, 0, 1, 0, 2, 0, 0, 0, 1, 0, 2}), labels(6)}) {
    const Dataset data =
        load_pair(x, y, arrays(R"("path": "a.npz", "classes": ["a", "b", "c"], "test_share": 0.5)"));
    CHECK(data.spec.classes == std::vector<std::string>{"a", "b", "c"});
    CHECK(data.train->count() == 3);
  }
  CHECK(contains(refusal(x, labels(6), Failure::Data,
                         arrays(R"("path": "a.npz", "classes": ["a", "b"], "test_share": 0.5)")),
                 "number 2 is 2, expected 0 to 1"));
  CHECK(contains(refusal(x, labels(5)), "expected 6 labels"));
  CHECK(contains(refusal(x, npy_bytes("<i4", "6,", std::vector<int32_t>{0, 1, -1, 0, 0, 0})), "is -1"));
  CHECK(contains(refusal(x, npy_bytes("<i4", "6,", std::vector<int32_t>{0, 1, 65536, 0, 0, 0})),
                 "expected 0 to 65535"));
  CHECK(contains(refusal(x, npy_bytes("|u1", "6, 2", Bytes{1, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0})), "argmax"));
  CHECK(contains(refusal(x, npy_bytes("<f4", "6, 2", std::vector<float>{1, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0})),
                 "argmax"));
  CHECK(contains(refusal(x, npy_bytes("|u1", "6, 2", Bytes(12, 1))), "(N,1) of integers"));
}

TEST_CASE("arrays: bytes with more than 256 classes stay bytes") {
  const Dataset data =
      load_pair(images(6), npy_bytes("<u2", "6,", std::vector<uint16_t>{300, 300, 1, 1, 0, 0}));
  CHECK(data.spec.classes.size() == 301);
  CHECK(data.spec.input.element == Element::U8);
  int found = 0;
  for (int i = 0; i < 3; ++i) found += data.train->label(i) == 300 ? 1 : 0;
  CHECK(found == 1);
}

TEST_CASE("arrays: floats as labels are numbers to predict") {
  const std::vector<float> y{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const Dataset two = load_pair(images(6), npy_bytes("<f4", "6, 2", y));
  CHECK(two.spec.classes.empty());
  CHECK(two.spec.values.size() == 2);
  CHECK(two.spec.input.element == Element::U8);
  CHECK(two.train->values(0)[1] == two.train->values(0)[0] + 1);
  const Dataset one = load_pair(npy_bytes("<f4", "12, 1", y), npy_bytes("<f4", "12,", y));
  for (int i = 0; i < one.test->count(); ++i) CHECK(one.test->values(i)[0] == inputs_of(*one.test, i)[0]);
  CHECK(contains(refusal(images(6), npy_bytes("<f4", "6,", std::vector<float>{1, 2, 3, 4, 5, NAN})),
                 "number 5 is no finite"));
  CHECK(contains(refusal(images(12), npy_bytes("<f4", "12,", y), Failure::Usage,
                         arrays(R"("path": "a.npz", "classes": ["a"], "test_share": 0.5)")),
                 "astype('int64')"));
}

TEST_CASE("arrays: numbers that are not finite are named") {
  std::vector<double> x(12, 1.0);
  x[7] = 1e300;
  CHECK(contains(refusal(npy_bytes("<f8", "6, 2", x), labels(6)), "number 1 of example 3 is no finite f32"));
}

TEST_CASE("arrays: halves of one file have other fingerprints") {
  const Dataset a = load_pair(images(20), labels(20)), b = load_pair(images(20), labels(20));
  const Dataset c =
      load_pair(images(20), labels(20), arrays(R"("path": "a.npz", "test_share": 0.5, "split_seed": 2)"));
  CHECK(a.train->fingerprint() == b.train->fingerprint());
  CHECK(a.train->fingerprint() != a.test->fingerprint());
  CHECK(a.train->fingerprint() != c.train->fingerprint());
}

TEST_CASE("arrays: Fashion-MNIST as an .npz gives the same batches as its own files, to the bit") {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) {
    MESSAGE("skipped: dataset-fashion-mnist is not installed");
    return;
  }
  const Dataset idx = load_dataset("fashion-mnist", "/usr/share/datasets", Part::TestOnly);
  const auto& images = static_cast<const ImageSet&>(*idx.test);
  const TemporaryDirectory directory;
  const std::string count = std::to_string(images.count());
  const Bytes inputs = npy_bytes("|u1", count + ", 28, 28", images.pixels),
              labels = npy_bytes("|u1", count + ",", images.labels);
  write_npz(directory, "f.npz",
            {{"x_train", inputs}, {"y_train", labels}, {"x_test", inputs}, {"y_test", labels}});
  const Dataset npz = load_source(directory, R"({"kind": "arrays", "path": "f.npz"})");
  REQUIRE(npz.train->count() == images.count());
  const std::vector<int> all = all_indices(images.count());
  const Normalisation n = measure(images, all);
  CHECK(measure(*npz.train, all).mean == n.mean);
  const Augment augment{.shift = 2, .flip = true};
  const Batches a(images, all, n, 500, LastBatch::Keep, augment, 7),
      b(*npz.train, all, n, 500, LastBatch::Keep, augment, 7);
  for (int position = 0; position < a.per_epoch(); ++position) {
    const Batch one = a.get(1, position), other = b.get(1, position);
    CHECK(one.classes == other.classes);
    CHECK(std::ranges::equal(one.inputs.floats(), other.inputs.floats()));
  }
}
