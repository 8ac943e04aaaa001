// Data of one's own, from the file to the packed model: tables and arrays through the real program.
#include <algorithm>

#include "framework/base/rng.h"
#include "framework/json/json.h"
#include "tests/support/array_fixtures.h"
#include "tests/support/picture_fixtures.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

// Three clouds of points around (0,0), (6,0) and (0,6).
std::string clouds(int rows, uint64_t seed) {
  Rng rng(seed, "clouds");
  std::string text = "id,x,y,cloud\n";
  for (int i = 0; i < rows; ++i) {
    const int cloud = i % 3;
    const float x = rng.normal() + (cloud == 1 ? 6.0f : 0.0f), y = rng.normal() + (cloud == 2 ? 6.0f : 0.0f);
    text += pare::text(i, ",", x, ",", y, ",", cloud == 0 ? "red" : cloud == 1 ? "green" : "blue", "\n");
  }
  return text;
}

const std::string kClouds = R"({
  "threads": 1,
  "data": {"source": {"kind": "table", "path": "points.csv", "label": "cloud", "ignore": ["id"], "test_share": 0.25},
           "batch": 15, "validation": 30},
  "network": [{"layer": "linear", "features": 12}, {"layer": "relu"}, {"layer": "linear", "features": 3}],
  "optimizer": {"name": "adam", "lr": 0.02},
  "epochs": 12,
  "compress": {"method": "self_compress", "bits": 5, "gamma": 0.001, "rate": 0.01, "warmup": 2}
})";

struct OwnRuns {
  TemporaryDirectory directory;

  OwnRuns() {
    write("points.csv", clouds(300, 1));
    write("clouds.json", kClouds);
  }
  void write(const std::string& name, const std::string& text) const {
    directory.write(name, bytes_of_text(text));
  }
  Result run(const std::vector<std::string>& arguments) const {
    return run_program(directory.path(), arguments);
  }
  std::string done(const std::vector<std::string>& arguments) const {
    const Result result = run(arguments);
    CHECK_MESSAGE(result.exit_code == 0, arguments[0], ": ", result.err);
    return result.out;
  }
  std::string file(const std::string& name) const { return contents(directory.path() + "/" + name); }
  double number(const std::string& json, const std::string& key) const {
    const Json parsed = parse_json(json, "json");
    const Json* const found = parsed.find(key);
    REQUIRE_MESSAGE(found != nullptr, key, " in ", json);
    return found->number();
  }
};

}  // namespace

TEST_CASE("own data: a table is trained on, packed, and the file is evaluated wherever its config is") {
  const OwnRuns place;
  const std::string said = place.done({"train", "clouds.json", "--out", "run"});
  CHECK(contains(said, "points.csv: 300 rows of fields separated by ','; 2 inputs: x, y"));
  const double accuracy = place.number(place.file("run/summary.json"), "test_accuracy");
  CHECK(accuracy > 0.95);
  for (const char* model : {"run/model.pare", "run/checkpoint.safetensors"}) {
    const std::string json = place.done({"eval", model, "--json"});
    CHECK(place.number(json, "test_accuracy") == accuracy);
    CHECK(place.number(json, "images") == 75);
  }
  CHECK(contains(place.done({"inspect", "run/model.pare"}), "trained on points.csv"));
  place.done({"export", "run/model.pare", "-o", "model.onnx"});

  // A model that was moved away does not know where its data is.
  std::filesystem::create_directory(place.directory.path() + "/elsewhere");
  std::filesystem::copy_file(place.directory.path() + "/run/model.pare",
                             place.directory.path() + "/elsewhere/m.pare");
  const Result lost = place.run({"eval", "elsewhere/m.pare"});
  CHECK(lost.exit_code == 2);
  CHECK(contains(lost.err, "--config"));
  CHECK(place.number(place.done({"eval", "elsewhere/m.pare", "--config", "run/config.json", "--json"}),
                     "test_accuracy") == accuracy);

  // Nor does it take data of other classes.
  std::string other = clouds(300, 1);
  for (size_t at = 0; (at = other.find("red", at)) != std::string::npos;) other.replace(at, 3, "rot");
  place.write("points.csv", other);
  const Result changed = place.run({"eval", "run/model.pare"});
  CHECK(changed.exit_code == 2);
  CHECK(contains(changed.err, "tells apart blue, green, red, but points.csv asks for blue, green, rot"));
}

TEST_CASE("own data: a run goes on with its table, ends in the same bytes, and refuses another table") {
  const OwnRuns place;
  place.done({"train", "clouds.json", "--out", "whole"});
  place.done({"train", "clouds.json", "--out", "parts", "--set", "epochs=5"});
  place.done({"train", "clouds.json", "--out", "again"});
  CHECK(place.file("whole/model.pare") == place.file("again/model.pare"));
  place.write("points.csv", clouds(300, 2));
  const Result other = place.run({"train", "clouds.json", "--out", "parts", "--resume"});
  CHECK(other.exit_code == 3);
  CHECK(contains(other.err, "was trained on other images"));
  place.write("points.csv", clouds(300, 1));
  place.done({"train", "clouds.json", "--out", "parts", "--resume"});
  CHECK(place.number(place.file("parts/summary.json"), "test_accuracy") > 0.9);
}

TEST_CASE("own data: sweeps, lotteries and benchmarks take a source, and eval finds a lottery's data") {
  const OwnRuns place;
  std::string sweep = kClouds;
  sweep.insert(1, R"("sweep": {"data.source.test_share": [0.25, 0.5], "seed": [1, 2]}, )");
  place.write("grid.json", sweep);
  place.done({"sweep", "grid.json", "--out", "grid", "--set", "epochs=2", "--quiet"});
  CHECK(place.number(place.done({"eval", "grid/test_share=0.5,seed=2/model.pare", "--json"}), "images") ==
        150);
  std::string lottery = kClouds;
  lottery.insert(1, R"("lottery": {"levels": 1}, )");
  place.write("hunt.json", lottery);
  place.done({"lottery", "hunt.json", "--out", "hunt", "--set", "compress={\"method\":\"none\"}", "--set",
              "epochs=2", "--quiet"});
  place.done({"eval", "hunt/replicate_1/level_1/main/model.pare"});
  CHECK(contains(place.done({"bench", "clouds.json", "--seconds", "0.05"}), "images/s"));
  CHECK(place.run({"bench", "clouds.json", "--synthetic"}).exit_code == 2);
}

TEST_CASE("own data: numbers to predict are learnt and evaluated") {
  const OwnRuns place;
  std::string rows = "a;b;sum\n";
  Rng rng(1, "sums");
  for (int i = 0; i < 400; ++i) {
    const float a = rng.uniform(), b = rng.uniform();
    rows += text(a, ";", b, ";", a + b, "\n");
  }
  place.write("sums.csv", rows);
  const std::string source =
      R"(data.source={"kind":"table","path":"sums.csv","targets":["sum"],"test_share":0.25})";
  place.done({"train", "clouds.json", "--out", "run", "--set", source, "--set", "network.2.features=1",
              "--set", "compress={\"method\":\"none\"}"});
  CHECK(place.number(place.file("run/summary.json"), "test_absolute_error") < 0.1);
  const std::string json =
      place.done({"eval", "run/model.pare", "--json", "--logits", "outputs.safetensors"});
  CHECK(place.number(json, "test_absolute_error") ==
        place.number(place.file("run/summary.json"), "test_absolute_error"));
  CHECK(contains(place.done({"eval", "run/model.pare"}), "absolute error"));
  CHECK(place.number(json, "test_loss") ==
        doctest::Approx(place.number(place.file("run/summary.json"), "test_loss")));
  CHECK(contains(place.done({"eval", "run/model.pare", "--confusion"}), "value"));
  const Result lottery =
      place.run({"lottery", "clouds.json", "--out", "hunt", "--set", source, "--set", "network.2.features=1",
                 "--set", "compress={\"method\":\"none\"}", "--set", "lottery={\"levels\":1}"});
  CHECK(lottery.exit_code == 2);
  CHECK(contains(lottery.err, "of accuracy, but sums.csv has no classes"));
}

TEST_CASE("own data: weights find a rare class, and eval --confusion shows what is taken for what") {
  const OwnRuns place;
  Rng rng(1, "states");
  std::string rows = "x,y,state\n";
  for (int i = 0; i < 900; ++i) {
    const float shift = i % 30 == 0 ? 1.5f : 0.0f;
    rows += text(rng.normal() + shift, ",", rng.normal() + shift, ",", shift > 0 ? "fault" : "fine", "\n");
  }
  place.write("states.csv", rows);
  const std::string source =
      R"(data.source={"kind":"table","path":"states.csv","label":"state","test_share":0.5})";
  const auto recall_of_fault = [&](const std::string& out, const std::string& weights) {
    place.done({"train", "clouds.json", "--out", out, "--set", source, "--set", "network.2.features=2",
                "--set", "compress={\"method\":\"none\"}", "--set", "loss.name=cross_entropy", "--set",
                "loss.class_weights=" + weights});
    const Json json = parse_json(place.done({"eval", out + "/model.pare", "--json", "--confusion"}), "eval");
    const Json& evaluation = *json.find("evaluation");
    CHECK(evaluation == parse_json(place.file(out + "/evaluation.json"), "evaluation"));
    CHECK(json.find("test_macro_f1")->number() ==
          place.number(place.file(out + "/summary.json"), "test_macro_f1"));
    CHECK(json.find("test_auc")->number() > 0.7);
    const Json& fault = evaluation.find("classes")->items()[0];
    CHECK(fault.find("name")->string() == "fault");
    return fault.find("recall")->number();
  };
  const double plain = recall_of_fault("plain", "none"), balanced = recall_of_fault("balanced", "balanced");
  CHECK(plain < 0.4);
  CHECK(balanced > 0.6);
  const std::string table = place.done({"eval", "balanced/model.pare", "--confusion"});
  CHECK(contains(table, "class  examples  taken for  recall  precision     F1\nfault        15"));
  CHECK(contains(place.file("balanced/metrics.jsonl"), "\"validation_macro_f1\":"));
  CHECK(contains(place.file("balanced/events.out.tfevents.pare"), "validation_macro_f1"));
}

TEST_CASE("own data: several labels a row are learnt together") {
  const OwnRuns place;
  Rng rng(1, "tags");
  std::string rows = "x,y,right,top\n";
  for (int i = 0; i < 600; ++i) {
    const float x = rng.normal(), y = rng.normal();
    rows += text(x, ",", y, ",", x > 0 ? 1 : 0, ",", y > 0.5f ? 1 : 0, "\n");
  }
  place.write("tags.csv", rows);
  const std::string source =
      R"(data.source={"kind":"table","path":"tags.csv","targets":["right","top"],"test_share":0.25})";
  place.done({"train", "clouds.json", "--out", "run", "--set", source, "--set", "network.2.features=2",
              "--set", "compress={\"method\":\"none\"}", "--set", "loss.name=binary_cross_entropy"});
  const std::string summary = place.file("run/summary.json");
  CHECK(place.number(summary, "test_micro_f1") > 0.93);
  CHECK(place.number(summary, "test_auc") > 0.98);
  for (const char* model : {"run/model.pare", "run/checkpoint.safetensors"})
    CHECK(place.number(place.done({"eval", model, "--json"}), "test_exact_match") ==
          place.number(summary, "test_exact_match"));
  CHECK(contains(place.done({"eval", "run/model.pare", "--confusion"}), "label  examples"));
  // The file knows that its outputs are labels, and says their probabilities.
  place.write("new.csv", "x,y\n3,-3\n");
  const std::string said = place.done({"predict", "run/model.pare", "new.csv"});
  CHECK(contains(said, "right 100.00 %, top 0."));
  CHECK(contains(place.done({"predict", "run/model.pare", "new.csv", "--json"}), "\"label\": \"right\""));
}

TEST_CASE("own data: mistakes name the key, the file and what to do") {
  const OwnRuns place;
  const auto refusal = [&](const std::string& set, int code) {
    const Result result = place.run({"train", "clouds.json", "--out", "run", "--set", set});
    CHECK_MESSAGE(result.exit_code == code, set, ": ", result.err);
    return result.err;
  };
  CHECK(contains(refusal("data.name=mnist", 2), "data: it has both name and source; give only one of them"));
  CHECK(contains(refusal("data.source.kind=tabel", 2), "did you mean 'table'?"));
  CHECK(contains(refusal("data.source.path=none.csv", 3), "'none.csv' not found; looked for none.csv"));
  CHECK(contains(refusal("data.validation=225", 2), "cannot set 225 examples aside: there are 225"));
  CHECK(contains(refusal("loss.name=hubber", 2), "did you mean 'huber'? known losses: auto"));
  CHECK(contains(refusal("loss={\"name\":\"cross_entropy\",\"class_weights\":[1,2]}", 2),
                 "2 weights, but points.csv has 3 classes: blue, green, red"));
  CHECK(contains(refusal("early_stop={\"metric\":\"r2\",\"patience\":1}", 2),
                 "there is no r2 of points.csv; there are loss, accuracy, macro_f1"));
  CHECK(contains(refusal("network.2.features=4", 2),
                 "gives 4 scores, but points.csv has 3 classes; set its features to 3"));
  CHECK(!std::filesystem::exists(place.directory.path() + "/run"));
}

TEST_CASE("own data: arrays give the same bytes as the idx files that hold the same images") {
  const TinyRuns place;
  const TinySet train = tiny_set(400, 1), test = tiny_set(200, 2);
  const auto numbers = [](const Bytes& idx, size_t header) {
    return Bytes(idx.begin() + static_cast<ptrdiff_t>(header), idx.end());
  };
  write_npz(place.directory, "fashion-mnist",  // the name is in the model file
            {{"x_train", npy_bytes("|u1", "400, 12, 12", numbers(train.images, 16))},
             {"y_train", npy_bytes("|u1", "400,", numbers(train.labels, 8))},
             {"x_test", npy_bytes("|u1", "200, 12, 12", numbers(test.images, 16))},
             {"y_test", npy_bytes("|u1", "200,", numbers(test.labels, 8))}});
  std::string config = kTinyConfig;
  const std::string name = R"("name": "fashion-mnist")";
  config.replace(config.find(name), name.size(),
                 R"("source": {"kind": "arrays", "path": "fashion-mnist", "classes":
                    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]})");
  place.directory.write("own.json", bytes_of_text(config));
  const std::string folder = place.directory.path();
  const Result idx =
      run_program(folder, {"train", "tiny.json", "--data-dir", "data", "--out", "idx", "--set", "epochs=3"});
  REQUIRE_MESSAGE(idx.exit_code == 0, idx.err);
  const Result npz = run_program(folder, {"train", "own.json", "--out", "npz", "--set", "epochs=3"});
  REQUIRE_MESSAGE(npz.exit_code == 0, npz.err);
  CHECK(contents(folder + "/idx/model.pare") == contents(folder + "/npz/model.pare"));
  const Json one = parse_json(contents(folder + "/idx/summary.json"), "a"),
             other = parse_json(contents(folder + "/npz/summary.json"), "b");
  for (const char* key : {"test_loss", "test_accuracy"})
    CHECK(one.find(key)->number() == other.find(key)->number());
}

namespace {

// Red, green and blue pictures of several sizes, noisy.
void write_colours(const TemporaryDirectory& directory, int each) {
  for (int label = 0; label < 3; ++label)
    for (int i = 0; i < each; ++i) {
      Picture picture = noise_picture(10 + i % 3, 10 + i % 4, 3, static_cast<uint32_t>(100 * label + i));
      for (size_t at = 0; at < picture.pixels.size(); ++at)
        if (at % 3 != static_cast<size_t>(label)) picture.pixels[at] /= 2;
      const char* const names[] = {"red", "green", "blue"};
      const bool jpeg = i % 2 == 1;
      directory.write(text("colours/", names[label], "/", i, jpeg ? ".jpg" : ".png"),
                      jpeg ? jpeg_bytes(picture.height, picture.width, picture.pixels) : png_of(picture));
    }
}

const std::string kColours = R"({
  "threads": 2,
  "data": {"source": {"kind": "pictures", "path": "colours", "size": [8, 8], "fit": "crop", "test_share": 0.25},
           "batch": 10, "validation": 20},
  "network": [{"layer": "conv2d", "channels": 4, "kernel": 3}, {"layer": "relu"}, {"layer": "global_average_pool"},
              {"layer": "linear", "features": 3}],
  "optimizer": {"name": "adam", "lr": 0.02},
  "epochs": 20,
  "compress": {"method": "self_compress", "bits": 5, "gamma": 0.001, "rate": 0.01, "warmup": 2}
})";

}  // namespace

TEST_CASE("own data: pictures are trained on, packed, evaluated, and predicted with the model alone") {
  const OwnRuns place;
  write_colours(place.directory, 60);
  place.write("colours.json", kColours);
  CHECK(contains(place.done({"train", "colours.json", "--out", "run"}), "colours: 3 classes; "));
  const double accuracy = place.number(place.file("run/summary.json"), "test_accuracy");
  CHECK(accuracy > 0.9);
  CHECK(place.number(place.done({"eval", "run/model.pare", "--json"}), "test_accuracy") == accuracy);
  place.done(
      {"train", "colours.json", "--out", "streamed", "--set", "data.source.memory=0", "--threads", "1"});
  CHECK(place.file("streamed/model.pare") == place.file("run/model.pare"));

  std::filesystem::rename(place.directory.path() + "/run/model.pare", place.directory.path() + "/m.pare");
  std::filesystem::rename(place.directory.path() + "/colours", place.directory.path() + "/elsewhere");
  std::vector<std::string> command{"predict", "m.pare", "--json"};
  for (int i = 0; i < 60; ++i) command.push_back(text("elsewhere/green/", i, i % 2 == 1 ? ".jpg" : ".png"));
  const Json answers = parse_json(place.done(command), "predict");
  int right = 0;
  for (const Json& answer : answers.items()) {
    const auto& classes = answer.find("classes")->items();
    CHECK(classes.size() == 3);
    double sum = 0;
    for (const Json& one : classes) sum += one.find("score")->number();
    CHECK(sum == doctest::Approx(1));
    if (classes[0].find("class")->string() == "green") ++right;
  }
  CHECK(answers.items().size() == 60);
  CHECK(right > 50);

  place.write("bad.png", "no picture");
  const Result mixed =
      place.run({"predict", "m.pare", "bad.png", "elsewhere/red/0.png", "none.png", "--top", "1"});
  CHECK(mixed.exit_code == 3);
  CHECK(contains(mixed.err, "pare: bad.png: is neither PNG nor JPEG"));
  CHECK(contains(mixed.err, "pare: none.png: cannot open"));
  CHECK(contains(mixed.out, "elsewhere/red/0.png: red "));
  CHECK(std::count(mixed.out.begin(), mixed.out.end(), '\n') == 1);
}
