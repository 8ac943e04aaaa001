// Bad input: one clear line on stderr, the right exit code, and no half-written file.
#include <algorithm>
#include <functional>

#include "framework/files/formats/safetensors.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

constexpr int kUsage = 2, kData = 3;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::vector<std::string> files_below(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) files.push_back(entry.path().lexically_relative(directory));
  std::sort(files.begin(), files.end());
  return files;
}

struct Expected {
  int exit_code;
  std::vector<std::string> says;
};

// Runs the program in `directory` and expects it to fail, in one line, and to leave nothing behind.
void check_fails(const TemporaryDirectory& directory, const std::vector<std::string>& arguments,
                 const Expected& expected) {
  CAPTURE(arguments);
  run_program(directory.path(), {"--version"});  // makes the files that hold the output
  const std::vector<std::string> before = files_below(directory.path());
  const Result result = run_program(directory.path(), arguments);
  CAPTURE(result.err);
  CHECK(result.exit_code == expected.exit_code);
  CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
  CHECK(result.err.starts_with("pare: "));
  CHECK(result.err.size() < 600);
  for (const std::string& part : expected.says)
    CHECK_MESSAGE(contains(result.err, part), result.err, " lacks ", part);
  CHECK(files_below(directory.path()) == before);
}

std::vector<std::string> training(const std::string& config = "tiny.json", const std::string& data = "data") {
  return {"train", config, "--data-dir", data, "--out", "run"};
}

}  // namespace

TEST_CASE("cli: a wrong config is a usage error that says where and what") {
  struct Case {
    std::string from, to;
    std::vector<std::string> says;
  };
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  const Case cases[] = {
      {R"("batch")", R"("bacth")", {"bad.json", "data", "bacth", "did you mean", "batch"}},
      {R"("optimizer": {)", R"("optimiser": {)", {"optimiser", "did you mean", "optimizer"}},
      {R"("seed": 3)", R"("seed": 3, "seed": 4)", {"bad.json:3", "seed"}},
      {R"("batch": 25)", R"("batch": "25")", {"data.batch", "integer", "\"25\""}},
      {R"("batch": 25)", R"("batch": 0)", {"data.batch", "0"}},
      {R"("batch": 25)", R"("batch": 351)", {"data.batch", "351", "350", "last_batch"}},
      {R"("validation": 50)", R"("validation": 400)", {"data.validation", "400"}},
      {R"("bits": 4)", R"("bits": 40)", {"compress.bits", "40"}},
      {R"("rate": 0.1)", R"("rate": 1)", {"network", "rate"}},
      {R"("epochs": 8)", R"("epochs": "8 epochs")", {"epochs", "8 epochs"}},
      {R"("name": "adam")", R"("name": "adma")", {"optimizer", "adma", "adam"}},
      {R"("name": "fashion-mnist")",
       R"("name": "fashion-minst")",
       {"data.name", "fashion-minst", "fashion-mnist"}},
      {R"("layer": "flatten")", R"("layer": "flaten")", {"network", "flaten", "flatten"}},
      {R"("channels": 8, "kernel": 3)", R"("channels": 8, "kernel": 7)", {"3.conv2d", "(7,7)", "(5,5,6)"}},
      {R"("features": 10)", R"("features": 9)", {"9.linear", "9", "10 classes"}},
      {R"("features": 10})",
       R"("features": 10}, {"layer": "conv2d", "channels": 10})",
       {"10.conv2d", "(1,1,10)"}},
      {R"("channels": 6, )", "", {"network", "channels"}},
      {R"("threads": 1,)", R"("threads": 1)", {"bad.json:4"}},
      {R"("method": "self_compress", )", "", {"compress", "method"}},
      {R"("shift": 1)", R"("shift": 40)", {"shift", "40"}},
      {R"("gamma": 0.05, "rate": 0.05)",
       R"("gamma": 0, "rate": 0, "target_bytes": 900)",
       {"target_bytes", "rate"}},
      {R"("bits": 4)", R"("bits": 1)", {"compress.bits", "1"}},
      {R"("epochs": 8)", R"("epochs": 8, "lottery": {})", {"lottery", "pare lottery"}},
      {R"("epochs": 8)", R"("epochs": 8, "sweep": {"seed": [1, 2]})", {"sweep", "pare sweep"}},
      {R"("name": "tiny")", R"("name": "../tiny")", {"name", "../tiny", "--out"}},
      {R"("name": "tiny")", R"("name": "")", {"name", "--out"}},
      {R"("channels": 6,)", R"("channels": 6, "name": "a\nb",)", {"control character"}},
      // Numbers that are 0, 1 or infinite as the floats they become.
      {R"("lr": 0.01)", R"("lr": 0.01, "eps": 1e-50)", {"optimizer.eps", "1e-50", "is 0 in 32 bits"}},
      {R"("lr": 0.01)", R"("lr": 0.01, "eps": 1e-40)", {"optimizer.eps", "is 0 in 32 bits"}},
      {R"("lr": 0.01)", R"("lr": 0.01, "beta2": 0.99999999)", {"optimizer.beta2", "is 1 in 32 bits"}},
      {R"("lr": 0.01)", R"("lr": 1e-50)", {"optimizer.lr", "is 0 in 32 bits"}},
      {R"("gamma": 0.05)", R"("gamma": 1e300)", {"compress.gamma", "is inf in 32 bits"}},
      {R"("bits": 4)", R"("bits": 4, "bits_eps": 1e-46)", {"compress.bits_eps", "is 0 in 32 bits"}},
      {R"({"layer": "flatten"})",
       R"({"layer": "batch_norm", "eps": 1e-46})",
       {"network", "eps", "is 0 in 32 bits"}},
  };
  for (const Case& c : cases) {
    directory.write("bad.json", bytes_of_text(replaced(kTinyConfig, c.from, c.to)));
    check_fails(directory, training("bad.json"), {kUsage, c.says});
  }
}

TEST_CASE("cli: a wrong command line is a usage error") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  directory.write("tiny.json", bytes_of_text(kTinyConfig));
  const auto with = [](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = training();
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  };
  const std::pair<std::vector<std::string>, Expected> cases[] = {
      {{"trian", "tiny.json"}, {kUsage, {"trian", "did you mean", "train"}}},
      {{"trian", "--help"}, {kUsage, {"trian", "did you mean", "train"}}},
      {{"train"}, {kUsage, {"CONFIG"}}},
      {with({"--threads", "4096"}), {kUsage, {"threads", "4096", "CPU"}}},
      {with({"--set", "threads=4096"}), {kUsage, {"threads", "4096", "CPU"}}},
      {{"eval"}, {kUsage, {"FILE"}}},
      {with({"--sett", "epochs=3"}), {kUsage, {"--sett", "did you mean '--set'?"}}},
      {with({"--epochs", "3"}), {kUsage, {"'--epochs'", "--set epochs=3", "pare train --help"}}},
      {with({"--batch_size=64"}), {kUsage, {"'--batch_size'", "--set data.batch=64"}}},
      {{"eval", "--epochs", "3"}, {kUsage, {"unknown option '--epochs'", "known options", "--json"}}},
      {{"--vresion"}, {kUsage, {"'--vresion'", "did you mean '--version'?"}}},
      {{"help", "trian"}, {kUsage, {"unknown command 'trian'", "did you mean 'train'?"}}},
      {{"train", "tiny.json", "more"}, {kUsage, {"'more' is one argument too many"}}},
      {with({"--threads", "0"}), {kUsage, {"--threads"}}},
      {with({"--threads", "many"}), {kUsage, {"--threads"}}},
      {with({"--set", "epochs"}), {kUsage, {"epochs"}}},
      {with({"--set", "optimizer.rate=3"}), {kUsage, {"rate"}}},
      {with({"--set", "network.99.channels=3"}), {kUsage, {"network", "99"}}},
      {with({"--set", "epochs=-1"}), {kUsage, {"epochs", "-1"}}},
      {{"train", "tiny.json", "--data-dir", "data", "--resume"}, {kUsage, {"--resume", "--out"}}},
      {{"train", "missing.json", "--data-dir", "data", "--out", "run"}, {kUsage, {"missing.json"}}},
      {{"train", "data", "--data-dir", "data", "--out", "run"}, {kUsage, {"data"}}},
  };
  for (const auto& [arguments, expected] : cases) check_fails(directory, arguments, expected);
}

TEST_CASE("cli: data that is missing or wrong is named") {
  const TinySet train = tiny_set(400, 1), test = tiny_set(200, 2);
  const auto cut = [](Bytes bytes, size_t length) {
    bytes.resize(length);
    return bytes;
  };
  const auto with_byte = [](Bytes bytes, size_t at, uint8_t value) {
    bytes[at] = value;
    return bytes;
  };
  struct Case {
    std::string file;
    Bytes bytes;
    std::vector<std::string> says;
  };
  const Bytes packed = gzipped(train.images), labels = gzipped(train.labels);
  Bytes flipped = packed;
  flipped[packed.size() / 2] ^= 0x10;
  const Case cases[] = {
      {"train-images-idx3-ubyte.gz", cut(packed, packed.size() / 2), {"train-images-idx3-ubyte.gz"}},
      {"train-images-idx3-ubyte.gz", flipped, {"train-images-idx3-ubyte.gz"}},
      {"train-images-idx3-ubyte.gz", gzipped(train.labels), {"train-images-idx3-ubyte.gz", "magic"}},
      {"train-images-idx3-ubyte.gz", {}, {"train-images-idx3-ubyte.gz"}},
      {"train-images-idx3-ubyte.gz", gzipped(tiny_set(399, 1).images), {"399", "400", "images", "labels"}},
      {"train-labels-idx1-ubyte.gz",
       gzipped(with_byte(train.labels, 8 + 5, 10)),
       {"train-labels-idx1-ubyte.gz", "image 5", "label 10", "0 to 9"}},
      {"t10k-labels-idx1-ubyte", with_byte(test.labels, 3, 9), {"t10k-labels-idx1-ubyte", "magic"}},
      {"t10k-images-idx3-ubyte",
       cut(test.images, test.images.size() - 1),
       {"t10k-images-idx3-ubyte", "cut off"}},
      {"t10k-images-idx3-ubyte", bytes_of_text("<html>404</html>"), {"t10k-images-idx3-ubyte"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.file);
    const TemporaryDirectory directory;
    write_tiny_data(directory);
    directory.write("tiny.json", bytes_of_text(kTinyConfig));
    directory.write("data/fashion-mnist/" + c.file, c.bytes);
    check_fails(directory, training(), {kData, c.says});
  }

  const TemporaryDirectory directory;
  write_tiny_data(directory);
  directory.write("tiny.json", bytes_of_text(kTinyConfig));
  check_fails(directory, training("tiny.json", "nowhere"), {kData, {"nowhere", "does not exist"}});
  std::vector<std::string> cifar = training();
  cifar.insert(cifar.end(), {"--set", "data.name=cifar-10"});
  check_fails(directory, cifar, {kData, {"cifar-10", "not found", "data/cifar-10"}});
}

TEST_CASE("cli: an output directory that cannot be written or holds a run is refused") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  directory.write("tiny.json", bytes_of_text(kTinyConfig));
  directory.write("file", {1, 2, 3});  // a path below a regular file stops even root
  check_fails(directory, {"train", "tiny.json", "--data-dir", "data", "--out", "file/run"},
              {kData, {"file/run"}});
  check_fails(directory, {"train", "tiny.json", "--data-dir", "data", "--out", "file"}, {kData, {"file"}});
  directory.write("full/metrics.jsonl", {});
  check_fails(directory, {"train", "tiny.json", "--set", "extends=other.json"},
              {kUsage, {"--set extends=other.json", "in its file what it extends"}});
  check_fails(directory, {"train", "tiny.json", "--data-dir", "data", "--out", "full"},
              {kUsage, {"full", "already", "--resume"}});
  directory.write("others/events.out.tfevents.pare", bytes_of_text("not this run's"));
  check_fails(directory, {"train", "tiny.json", "--data-dir", "data", "--out", "others"},
              {kUsage, {"others/events.out.tfevents.pare", "another --out"}});
  CHECK(contents(directory.path() + "/others/events.out.tfevents.pare") == "not this run's");
  check_fails(directory,
              {"train", "tiny.json", "--data-dir", "data", "--out", "run", "--init-from", "tiny.json"},
              {kData, {"tiny.json"}});
}

TEST_CASE("cli: nobody's output takes the place of what is read") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  directory.write("tiny.json", bytes_of_text(kTinyConfig));
  std::vector<std::string> train = training();
  train.insert(train.end(), {"--threads", "1", "--quiet", "--set", "epochs=1it"});
  REQUIRE(run_program(directory.path(), train).exit_code == 0);
  const std::string model = contents(directory.path() + "/run/model.pare"),
                    metrics = contents(directory.path() + "/run/metrics.jsonl");
  const Expected refused{kUsage, {"model.pare", "another"}};
  check_fails(directory, {"export", "run/model.pare", "-o", "run/model.pare"}, refused);
  check_fails(directory,
              {"eval", "run/model.pare", "--data-dir", "data", "--logits", "run/../run/model.pare"}, refused);
  check_fails(directory, {"report", "run", "-o", "run/metrics.jsonl"}, {kUsage, {"metrics.jsonl", ".html"}});
  check_fails(directory,
              {"export", "run/model.pare", "--format", "safetensors", "-o", "run/checkpoint.safetensors"},
              {kUsage, {"run/checkpoint.safetensors: a run's file has this name"}});
  CHECK(contents(directory.path() + "/run/model.pare") == model);
  CHECK(contents(directory.path() + "/run/metrics.jsonl") == metrics);
}

TEST_CASE("cli: a run writes over no config and no page that are not its own") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  const auto train = [](const std::string& config, const std::string& out) -> std::vector<std::string> {
    return {"train", config, "--data-dir", "data", "--threads", "1", "--out", out, "--set", "epochs=1it"};
  };
  directory.write("config.json", bytes_of_text(kTinyConfig));
  check_fails(directory, train("config.json", "."), {kUsage, {"./config.json", "another --out"}});
  CHECK(contents(directory.path() + "/config.json") == kTinyConfig);
  directory.write("page/report.html", bytes_of_text("mine"));
  check_fails(directory, train("config.json", "page"), {kUsage, {"page/report.html", "another --out"}});
  CHECK(contents(directory.path() + "/page/report.html") == "mine");
  // What a run killed at once leaves is its own config.
  REQUIRE(run_program(directory.path(), train("config.json", "run")).exit_code == 0);
  directory.write("killed/config.json", bytes_of_text(contents(directory.path() + "/run/config.json")));
  CHECK(run_program(directory.path(), train("config.json", "killed")).exit_code == 0);
}

TEST_CASE("cli: a lottery that cannot begin leaves nothing behind") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  directory.write(
      "hunt.json",
      bytes_of_text(replaced(
          kTinyConfig,
          R"("compress": {"method": "self_compress", "bits": 4, "gamma": 0.05, "rate": 0.05, "bits_lr": 0.1, "remove_every": 5})",
          R"("lottery": {"method": "imp", "levels": 2, "prune": {"conv2d": 0.1}})")));
  check_fails(directory, {"lottery", "hunt.json", "--data-dir", "data", "--out", "hunt", "--levels", "5-3"},
              {kUsage, {"5-3"}});
}

TEST_CASE("cli: files that are no models, and models that are damaged, are refused by eval and inspect") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  directory.write("tiny.json", bytes_of_text(kTinyConfig));
  std::vector<std::string> train = training();
  train.insert(train.end(), {"--threads", "1", "--quiet", "--set", "epochs=1"});
  REQUIRE(run_program(directory.path(), train).exit_code == 0);
  const std::string model = contents(directory.path() + "/run/model.pare"),
                    checkpoint = contents(directory.path() + "/run/checkpoint.safetensors");
  REQUIRE(model.size() > 100);
  std::string flipped = model;
  flipped[model.size() / 2] ^= 1;
  directory.write("cut.pare", bytes_of_text(model.substr(0, model.size() / 2)));
  directory.write("stub.pare", bytes_of_text(model.substr(0, 5)));
  directory.write("flipped.pare", bytes_of_text(flipped));
  directory.write("empty.pare", {});
  directory.write("cut.safetensors", bytes_of_text(checkpoint.substr(0, checkpoint.size() - 7)));
  directory.write("text.safetensors", bytes_of_text("hello, world"));
  SafetensorsFile huge = read_safetensors(directory.path() + "/run/checkpoint.safetensors");
  std::string& config = huge.metadata.at("config");
  const std::string small = "\"features\":24";
  config.replace(config.find(small), small.size(), "\"features\":1000000");
  write_safetensors(directory.path() + "/huge.safetensors", huge);
  const std::pair<std::string, std::vector<std::string>> cases[] = {
      {"cut.pare", {"cut.pare", "damaged", "cut off"}},
      {"stub.pare", {"stub.pare", "truncated"}},
      {"flipped.pare", {"flipped.pare", "checksum", "damaged"}},
      {"empty.pare", {"empty.pare", "PARE"}},
      {"tiny.json", {"tiny.json", "packed model", "checkpoint"}},
      {"missing.pare", {"missing.pare"}},
      {"data", {"data"}},
      {"cut.safetensors", {"cut.safetensors"}},
      {"text.safetensors", {"text.safetensors"}},
      {"huge.safetensors", {"huge.safetensors", "6.linear.weight", "cannot come out of a file of"}},
  };
  for (const auto& [file, says] : cases)
    for (const char* command : {"eval", "inspect"})
      check_fails(directory, {command, file, "--data-dir", "data"}, {kData, says});
  check_fails(directory, {"eval", "run/model.pare", "--data-dir", "data", "--data", "fasion-mnist"},
              {kUsage, {"fasion-mnist", "fashion-mnist"}});
  check_fails(directory, {"eval", "run/model.pare", "--data-dir", "nowhere"}, {kData, {"nowhere"}});
}

TEST_CASE("cli: batches of one image are refused where batch norm would see one row") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  const auto with = [&](const std::string& network) {
    directory.write("one.json",
                    bytes_of_text(R"({"data": {"name": "fashion-mnist", "batch": 1, "validation": 50},
        "network": [)" + network + R"({"layer": "linear", "features": 10}], "epochs": "2it"})"));
    return training("one.json");
  };
  check_fails(directory, with(R"({"layer": "linear", "features": 4}, {"layer": "batch_norm"},)"),
              {kUsage, {"data.batch", "1.batch_norm", "2 or more"}});
  const Result images = run_program(directory.path(), with(R"({"layer": "batch_norm"},)"));
  CHECK_MESSAGE(images.exit_code == 0, images.err);
}

TEST_CASE("cli: a config in UTF-16 is told to be one") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  for (const bool big : {false, true})
    for (const bool marked : {false, true}) {
      Bytes bytes;
      if (marked) bytes = big ? Bytes{0xFE, 0xFF} : Bytes{0xFF, 0xFE};
      for (const char c : kTinyConfig) {
        const auto low = static_cast<uint8_t>(c);
        bytes.insert(bytes.end(), {big ? uint8_t{0} : low, big ? low : uint8_t{0}});
      }
      directory.write("wide.json", bytes);
      check_fails(directory, training("wide.json"), {kUsage, {"wide.json", "UTF-16", "UTF-8"}});
    }
}

TEST_CASE("cli: a branch of a lottery at a level that is never reached is a usage error") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  directory.write("tiny.json", bytes_of_text(kTinyConfig));
  check_fails(
      directory,
      {"lottery", "tiny.json", "--data-dir", "data", "--out", "hunt", "--set",
       R"(compress={"method":"none"})", "--set", R"(lottery={"levels":2,"branches":{"one_shot":[5]}})"},
      {kUsage, {"lottery.branches.one_shot", "level 5", "levels is 2"}});
}

TEST_CASE("cli: masks without a lottery are a usage error") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  directory.write("tiny.json", bytes_of_text(kTinyConfig));
  check_fails(directory,
              {"train", "tiny.json", "--data-dir", "data", "--out", "run", "--set",
               R"(compress={"method":"masked"})"},
              {kUsage, {"compress.method: masked", "trained dense", "pare lottery"}});
}
