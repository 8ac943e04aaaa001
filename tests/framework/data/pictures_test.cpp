// Pictures as examples: what is held out, what is read, that nothing depends on memory or threads, and that
// CIFAR-10 as PNG is CIFAR-10.
#include <algorithm>
#include <set>

#include "framework/data/batches/batch_stream.h"
#include "framework/data/formats/cifar.h"
#include "framework/data/split.h"
#include "tests/support/picture_fixtures.h"
#include "tests/support/source_fixtures.h"
#include "train/experiment.h"

using namespace pare;

namespace {

const std::vector<std::string> kCifar{"airplane", "automobile", "bird",  "cat",  "deer",
                                      "dog",      "frog",       "horse", "ship", "truck"};

std::string source(const std::string& more, const std::string& size = "[8, 8]") {
  return R"({"kind": "pictures", "path": "set", "size": )" + size + (more.empty() ? "" : ", " + more) + "}";
}

// `each` pictures of 8x8 of each of two classes.
void write_set(const TemporaryDirectory& directory, int each, const std::string& below = "set") {
  for (const char* name : {"a", "b"})
    for (int i = 0; i < each; ++i)
      directory.write(text(below, "/", name, "/", i, ".png"),
                      png_of(noise_picture(8, 8, 3, static_cast<uint32_t>(i + (*name == 'a' ? 0 : 1000)))));
}

std::multiset<std::vector<float>> all_of(const Source& set) {
  std::multiset<std::vector<float>> all;
  for (int i = 0; i < set.count(); ++i) all.insert(inputs_of(set, i));
  return all;
}

}  // namespace

TEST_CASE("pictures: who is held out depends on the name alone, so more files move none to the other side") {
  const TemporaryDirectory directory;
  write_set(directory, 40);
  const Dataset before = load_source(directory, source("\"test_share\": 0.25"));
  CHECK(before.train->count() + before.test->count() == 80);
  CHECK(before.test->count() > 10);
  CHECK(before.test->count() < 30);
  const auto train = all_of(*before.train), test = all_of(*before.test);
  write_set(directory, 60);
  const Dataset after = load_source(directory, source("\"test_share\": 0.25"));
  const auto more_train = all_of(*after.train), more_test = all_of(*after.test);
  CHECK(std::includes(more_train.begin(), more_train.end(), train.begin(), train.end()));
  CHECK(std::includes(more_test.begin(), more_test.end(), test.begin(), test.end()));
  CHECK(more_test.size() > test.size());
  const Dataset other = load_source(directory, source("\"test_share\": 0.25, \"split_seed\": 2"));
  CHECK(all_of(*other.test) != more_test);
}

TEST_CASE("pictures: a dataset says what it is, and its files' faults name the file") {
  const TemporaryDirectory directory;
  write_set(directory, 5);
  const Dataset data =
      load_source(directory, source("\"channels\": 1, \"fit\": \"crop\", \"test_share\": 0.4", "[6, 4]"));
  CHECK(data.spec.data == "set");
  CHECK(data.spec.classes == std::vector<std::string>{"a", "b"});
  CHECK(data.train->input() == InputShape{6, 4, 1, Element::U8});
  CHECK(data.spec.preprocessing.kind == "pictures");
  CHECK(contains(data.notes[0], "set: 2 classes; "));
  const auto refused = [&](const std::string& more, const std::string& size = "[8, 8]") {
    return refusal_of_source(Failure::Data, directory, source(more, size));
  };
  const auto misused = [&](const std::string& more, const std::string& size = "[8, 8]") {
    return refusal_of_source(Failure::Usage, directory, source(more, size));
  };
  CHECK(contains(misused(""), "nothing to test on; give a folder test"));
  CHECK(contains(misused("\"test_share\": 0.4", "[8]"), "1 numbers, expected 2: height and width"));
  CHECK(contains(misused("\"test_share\": 0.4, \"channels\": 2"), "expected 1 (grey) or 3 (RGB)"));
  CHECK(contains(misused("\"test_share\": 0.4, \"background\": [1]"), "expected 3: red, green and blue"));
  CHECK(contains(refused("\"test_share\": 0.4", "[8, 9]"), "8 pixels high and 8 wide, expected 8 and 9"));
  directory.write("set/a/x.png", {});
  CHECK(contains(refused("\"test_share\": 0.4, \"memory\": 0"), "set/a/x.png: the file is empty"));
  Bytes cut = png_of(noise_picture(8, 8, 3));
  cut.resize(60);
  directory.write("set/a/x.png", cut);
  for (const char* const share :
       {"\"test_share\": 0.4", "\"test_share\": 0.9"})  // x.png is on each side once
    CHECK(contains(failure_of(Failure::Data,
                              [&] {
                                const Dataset broken = load_source(directory, source(share));
                                measure(*broken.train, all_indices(broken.train->count()));
                              }),
                   "set/a/x.png: the PNG cannot be read: it was cut off"));
}

TEST_CASE("pictures: neither memory nor threads change a bit, and a part of train is validated on if given") {
  const TemporaryDirectory directory;
  write_set(directory, 30, "set/train");
  write_set(directory, 3, "set/test");
  write_set(directory, 4, "set/validation");
  const Dataset kept = load_source(directory, source("")),
                streamed = load_source(directory, source("\"memory\": 0"));
  CHECK(kept.validation->count() == 8);
  CHECK(kept.train->fingerprint() == streamed.train->fingerprint());
  const std::vector<int> all = all_indices(60);
  const Normalisation n = measure(*kept.train, all);
  CHECK(n.mean == measure(*streamed.train, all).mean);
  const auto epoch_of = [&](const Source& examples, int threads) {
    const Context context({.threads = threads});
    const Context::Scope scope(context);
    const Batches batches(examples, all, n, 7, LastBatch::Keep, {.shift = 2, .flip = true}, 5);
    BatchStream stream(batches, 0, threads > 1 ? BatchStream::Ahead::OnASpareThread : BatchStream::Ahead::No);
    std::vector<float> numbers;
    for (int i = 0; i < 2 * batches.per_epoch(); ++i) {
      const Batch batch = stream.next();
      numbers.insert(numbers.end(), batch.inputs.floats().begin(), batch.inputs.floats().end());
      numbers.insert(numbers.end(), batch.classes.begin(), batch.classes.end());
    }
    return numbers;
  };
  const std::vector<float> numbers = epoch_of(*kept.train, 1);
  for (const int threads : {1, 2, 3}) {
    CHECK(epoch_of(*streamed.train, threads) == numbers);
    CHECK(epoch_of(*load_source(directory, source("")).train, threads) == numbers);  // kept as they are read
  }

  directory.write("set/train/a/5.png", png_of(noise_picture(8, 8, 3, 77)));
  CHECK(load_source(directory, source("")).train->fingerprint() != kept.train->fingerprint());
  CHECK(load_source(directory, source("\"background\": [0, 0, 0]")).train->fingerprint() !=
        kept.train->fingerprint());
}

TEST_CASE("pictures: a file that is damaged once training is under way stops it, naming the file") {
  const TemporaryDirectory directory;
  write_set(directory, 20);
  const Dataset data = load_source(directory, source("\"test_share\": 0.2, \"memory\": 0"));
  for (const char* name : {"a", "b"})
    for (int i = 0; i < 20; ++i) {
      Bytes cut = png_of(noise_picture(8, 8, 3));
      cut.resize(70);
      directory.write(text("set/", name, "/", i, ".png"), cut);
    }
  const Batches batches =
      Batches::in_order(*data.train, all_indices(data.train->count()), {{0, 0, 0}, {1, 1, 1}}, 10);
  for (const auto ahead : {BatchStream::Ahead::No, BatchStream::Ahead::OnASpareThread}) {
    BatchStream stream(batches, 0, ahead);
    CHECK(contains(failure_of(Failure::Data, [&] { stream.next(); }),
                   ".png: the PNG cannot be read: it was cut off"));
  }
}

TEST_CASE("pictures: CIFAR-10 as PNG gives the bytes of the binary files, and the losses, bit for bit") {
  const TemporaryDirectory directory;
  constexpr int kEach = 12, kSide = 32;
  Bytes binary[2];
  for (int label = 0; label < 10; ++label)
    for (int i = 0; i < kEach; ++i) {
      const bool tests = i >= 10;
      const Picture picture = noise_picture(kSide, kSide, 3, static_cast<uint32_t>(100 * label + i));
      directory.write(
          text("set/", tests ? "test/" : "train/", kCifar[static_cast<size_t>(label)], "/", 10 + i, ".png"),
          png_of(picture));
      Bytes& file = binary[tests ? 1 : 0];
      file.push_back(static_cast<uint8_t>(label));
      for (size_t channel = 0; channel < 3; ++channel)  // planes
        for (size_t at = channel; at < picture.pixels.size(); at += 3) file.push_back(picture.pixels[at]);
    }
  const auto of_binary = [&](const char* name, const Bytes& bytes) {
    const std::string path = directory.write(name, bytes);
    return std::make_shared<ImageSet>(read_cifar10(std::span(&path, 1), 10));
  };
  Dataset binaries;
  binaries.train = of_binary("train.bin", binary[0]);
  binaries.test = of_binary("test.bin", binary[1]);
  binaries.spec = {"cifar-10", kCifar, {}, binaries.train->input()};
  const auto losses_of = [](const Dataset& data, int threads) {
    const Json json = parse_json(text(R"({"threads": )", threads, R"(,
        "data": {"batch": 30, "validation": 0, "augment": {"flip": true, "shift": 2}},
        "network": [{"layer": "conv2d", "channels": 4, "kernel": 3}, {"layer": "relu"}, {"layer": "max_pool", "size": 4},
                    {"layer": "linear", "features": 10}],
        "optimizer": {"name": "adam", "lr": 0.01},
        "compress": {"method": "self_compress", "bits": 5, "gamma": 0.01, "rate": 0.02, "warmup": 0}})"),
                                 "test");
    Experiment experiment(read_config<RunConfig>(json, "test"), data);
    const Context::Scope scope(experiment.context());
    TrainingState state;
    std::vector<double> losses;
    for (int step = 1; step <= 2; ++step) {
      experiment.trainer().run(experiment.training_batches(), experiment.schedule(), state, 3,
                               [] { return true; });
      losses.push_back(state.loss_sum);
    }
    return losses;
  };
  const std::vector<double> losses = losses_of(binaries, 1);
  CHECK(losses[1] > losses[0]);
  for (const char* const memory : {"\"memory\": 0", "\"memory\": 100"}) {
    const Dataset pictures = load_source(directory, source(memory, "[32, 32]"));
    CHECK(pictures.spec.classes == kCifar);
    for (const auto& [a, b] : {std::pair{binaries.train, pictures.train}, {binaries.test, pictures.test}}) {
      REQUIRE(a->count() == b->count());
      for (int i = 0; i < a->count(); ++i) {
        CHECK(inputs_of(*a, i) == inputs_of(*b, i));
        CHECK(a->label(i) == b->label(i));
      }
    }
    for (const int threads : {1, 2, 3}) CHECK(losses_of(pictures, threads) == losses);
  }
}
