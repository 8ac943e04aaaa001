// Sounds of one's own, from the files to the packed model, through the real program.
#include "framework/json/json.h"
#include "tests/support/program.h"
#include "tests/support/sound_fixtures.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

const std::string kWords = R"({
  "threads": 2,
  "data": {"source": {"kind": "sounds", "path": "words", "rate": 8000, "seconds": 0.2, "bands": 16, "hop": 0.02,
                      "file_names": "{class}_{speaker}_{take}", "group": "speaker", "test_groups": ["cy"]},
           "batch": 10, "validation": 20, "augment": {"time_shift": 2, "band_mask": 2}},
  "network": [{"layer": "conv2d", "channels": 6, "kernel": 3}, {"layer": "relu"}, {"layer": "max_pool"},
              {"layer": "linear", "features": 3}],
  "optimizer": {"name": "adam", "lr": 0.02},
  "epochs": 30,
  "compress": {"method": "self_compress", "bits": 5, "gamma": 0.001, "rate": 0.01, "warmup": 2}
})";

// Three words: a low tone, a high tone, noise; WAV and FLAC, some in stereo.
void write_words(const TemporaryDirectory& directory) {
  uint32_t seed = 0;
  for (const char* speaker : {"ann", "bob", "cy"})
    for (int take = 0; take < 20; ++take)
      for (const std::string word : {"low", "high", "noise"}) {
        std::vector<float> samples = noise_samples(1000 + 40 * static_cast<size_t>(take), ++seed);
        const std::vector<float> sine = tone(word == "low" ? 400 + take : 1800 + 3 * take, 8000, 0.3);
        for (size_t i = 0; i < samples.size(); ++i)
          samples[i] = word == "noise" ? 0.5f * samples[i] : sine[i] + 0.05f * samples[i];
        const bool flac = take % 2 == 1;
        directory.write(
            text("words/", word, "_", speaker, "_", take, flac ? ".flac" : ".wav"),
            sound_bytes(samples, 8000, 1,
                        flac ? SF_FORMAT_FLAC | SF_FORMAT_PCM_16 : SF_FORMAT_WAV | SF_FORMAT_PCM_24));
      }
}

}  // namespace

TEST_CASE(
    "own sounds: they are trained on, packed, evaluated, predicted with the model alone, and exported") {
  const TemporaryDirectory directory;
  write_words(directory);
  directory.write("words.json", bytes_of_text(kWords));
  const auto done = [&](const std::vector<std::string>& arguments) {
    const Result result = run_program(directory.path(), arguments);
    CHECK_MESSAGE(result.exit_code == 0, arguments[0], ": ", result.err);
    return result.out;
  };
  const auto file = [&](const std::string& name) { return contents(directory.path() + "/" + name); };
  CHECK(contains(done({"train", "words.json", "--out", "run"}),
                 "words: 3 classes; 120 sounds to train on, 60 to test on"));
  const double accuracy = parse_json(file("run/summary.json"), "s").find("test_accuracy")->number();
  CHECK(accuracy > 0.9);
  CHECK(parse_json(done({"eval", "run/model.pare", "--json"}), "e").find("test_accuracy")->number() ==
        accuracy);
  for (const char* const threads : {"1", "3"}) {
    done({"train", "words.json", "--out", text("again", threads), "--set", "data.source.memory=0",
          "--threads", threads});
    CHECK(file(text("again", threads, "/model.pare")) == file("run/model.pare"));
  }
  done({"export", "run/model.pare", "--format", "onnx", "-o", "words.onnx"});
  CHECK(contains(file("words.onnx"), R"("kind":"sounds","rate":8000,"seconds":0.2)"));

  std::filesystem::rename(directory.path() + "/run/model.pare", directory.path() + "/m.pare");
  std::filesystem::rename(directory.path() + "/words", directory.path() + "/elsewhere");
  CHECK(contains(done({"predict", "m.pare", "elsewhere/high_cy_0.wav", "--top", "1"}),
                 "elsewhere/high_cy_0.wav: high "));
  directory.write("fast.wav", sound_bytes(tone(400, 16000, 0.2), 16000));
  directory.write("words.wav", bytes_of_text("no sound"));
  const Result mixed = run_program(directory.path(),
                                   {"predict", "m.pare", "fast.wav", "words.wav", "elsewhere/low_cy_1.flac"});
  CHECK(mixed.exit_code == 3);
  CHECK(contains(mixed.err, "pare: fast.wav: has 16000 samples a second, expected 8000"));
  CHECK(contains(mixed.err, "pare: words.wav: is none of WAV, FLAC and Ogg"));
  CHECK(contains(mixed.out, "elsewhere/low_cy_1.flac: low "));
}
