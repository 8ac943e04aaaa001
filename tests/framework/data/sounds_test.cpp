// Sounds as examples: what becomes of a file, which files are taken, and that nothing depends on memory or
// threads.
#include <algorithm>

#include "framework/data/batches/batches.h"
#include "framework/data/preprocessing/sound_preprocessing.h"
#include "framework/data/split.h"
#include "framework/parallel/context.h"
#include "tests/support/sound_fixtures.h"
#include "tests/support/source_fixtures.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

constexpr int kRate = 8000;

std::string source(const std::string& more) {
  return R"({"kind": "sounds", "path": "set", "rate": 8000, "seconds": 0.1, "bands": 20)" +
         (more.empty() ? "" : ", " + more) + "}";
}

// `each` short tones of each of two heights.
void write_set(const TemporaryDirectory& directory, int each) {
  for (int i = 0; i < each; ++i) {
    directory.write(text("set/low/", i, ".wav"),
                    sound_bytes(tone(300 + 5 * i, kRate, 0.05 + 0.004 * i), kRate));
    directory.write(text("set/high/", i, ".flac"), sound_bytes(tone(2000 + 9 * i, kRate, 0.08), kRate, 1,
                                                               SF_FORMAT_FLAC | SF_FORMAT_PCM_16));
  }
}

SoundPreprocessing waveform(double seconds) {
  SoundPreprocessing preprocessing;
  preprocessing.rate = kRate;
  preprocessing.seconds = seconds;
  preprocessing.features = SoundFeatures::Waveform;
  return preprocessing;
}

std::vector<float> prepared(const SoundPreprocessing& preprocessing, const Bytes& file) {
  const InputShape input = preprocessing.input(Failure::Internal, "");
  std::vector<float> numbers(static_cast<size_t>(input.count()));
  preprocessing.prepare(file, "s.wav", input, reinterpret_cast<std::byte*>(numbers.data()));
  return numbers;
}

}  // namespace

TEST_CASE("sounds: of longer ones the middle is taken, shorter ones lie in the middle of silence") {
  SoundPreprocessing four = waveform(0.0005);
  const auto fitted = [&](const std::vector<float>& samples) {
    std::vector<float> numbers(4);
    four.compute({kRate, samples}, numbers.data());
    return numbers;
  };
  CHECK(four.input(Failure::Internal, "") == InputShape{4, 1, 1, Element::F32});
  using Numbers = std::vector<float>;
  CHECK(fitted({1, 2, 3, 4}) == Numbers{1, 2, 3, 4});
  CHECK(fitted({1}) == Numbers{0, 1, 0, 0});
  CHECK(fitted({1, 2}) == Numbers{0, 1, 2, 0});
  CHECK(fitted({1, 2, 3, 4, 5}) == Numbers{1, 2, 3, 4});
  CHECK(fitted({1, 2, 3, 4, 5, 6, 7}) == Numbers{2, 3, 4, 5});
  four.peak = true;
  CHECK(fitted({0.125f, -0.25f, 0.0625f}) == Numbers{0.5f, -1, 0.25f, 0});
  CHECK(fitted({0, 0}) == Numbers{0, 0, 0, 0});
}

TEST_CASE("sounds: features are (frames,bands,1), or channels over time, or the samples") {
  SoundPreprocessing preprocessing = waveform(1);
  CHECK(preprocessing.input(Failure::Internal, "") == InputShape{8000, 1, 1, Element::F32});
  preprocessing.features = SoundFeatures::LogMel;
  CHECK(preprocessing.input(Failure::Internal, "") == InputShape{98, 40, 1, Element::F32});
  preprocessing.features = SoundFeatures::Mfcc;
  CHECK(preprocessing.input(Failure::Internal, "") == InputShape{98, 1, 13, Element::F32});
  const Bytes file = sound_bytes(tone(440, kRate, 1), kRate);
  const std::vector<float> cepstrum = prepared(preprocessing, file);
  preprocessing.features = SoundFeatures::LogMel;
  const std::vector<float> bands = prepared(preprocessing, file);
  const std::vector<float> second = cosine_transform(std::span(bands).subspan(40, 40), 13);
  CHECK(std::equal(second.begin(), second.end(), cepstrum.begin() + 13));
}

TEST_CASE("sounds: another sample rate is refused, or converted where that is asked for") {
  SoundPreprocessing preprocessing = waveform(0.1);
  const Bytes file = sound_bytes(tone(440, 16000, 0.1), 16000);
  CHECK(contains(failure_of(Failure::Data, [&] { prepared(preprocessing, file); }),
                 "s.wav: has 16000 samples a second, expected 8000; let other rates be converted: "
                 "\"resample\": true, or change \"rate\""));
  preprocessing.resample = true;
  const std::vector<float> converted = prepared(preprocessing, file), direct = tone(440, kRate, 0.1);
  REQUIRE(converted.size() == direct.size());
  for (size_t i = 40; i + 40 < direct.size(); ++i) CHECK(std::fabs(converted[i] - direct[i]) < 2e-3);
}

TEST_CASE(
    "sounds: neither memory nor threads change a bit, and the beginnings of files are in the fingerprint") {
  const TemporaryDirectory directory;
  write_set(directory, 20);
  const Dataset kept = load_source(directory, source("\"test_share\": 0.25")),
                streamed = load_source(directory, source("\"test_share\": 0.25, \"memory\": 0"));
  CHECK(kept.spec.classes == std::vector<std::string>{"high", "low"});
  CHECK(kept.spec.preprocessing.kind == "sounds");
  CHECK(kept.train->input() == InputShape{8, 20, 1, Element::F32});
  CHECK(contains(kept.notes[0], "set: 2 classes; "));
  CHECK(kept.train->fingerprint() == streamed.train->fingerprint());
  const std::vector<int> all = all_indices(kept.train->count());
  const Normalisation n = measure(*kept.train, all);
  CHECK(measure(*streamed.train, all).mean == n.mean);
  const auto epoch_of = [&](const Source& examples, int threads) {
    const Context context({.threads = threads});
    const Context::Scope scope(context);
    const Augment augment{.time_shift = 2, .time_mask = 2, .band_mask = 5};
    const Batches batches(examples, all, n, 7, LastBatch::Keep, augment, 5);
    std::vector<float> numbers;
    for (int i = 0; i < batches.per_epoch(); ++i) {
      const Batch batch = batches.get(1, i);
      numbers.insert(numbers.end(), batch.inputs.floats().begin(), batch.inputs.floats().end());
    }
    return numbers;
  };
  const std::vector<float> numbers = epoch_of(*kept.train, 1);
  for (const int threads : {1, 2, 3}) {
    CHECK(epoch_of(*streamed.train, threads) == numbers);
    CHECK(epoch_of(*load_source(directory, source("\"test_share\": 0.25")).train, threads) == numbers);
  }
  CHECK(load_source(directory, source("\"test_share\": 0.25, \"floor\": 0.5")).train->fingerprint() !=
        kept.train->fingerprint());
}

TEST_CASE("sounds: what a folder has besides sounds is skipped, counted or refused by name") {
  const TemporaryDirectory directory;
  write_set(directory, 3);
  directory.write("set/.git/x.wav", {});
  directory.write("set/low/._0.wav", {});
  directory.write("set/low/notes.txt", bytes_of_text("notes"));
  const Dataset data = load_source(directory, source("\"test_share\": 0.4"));
  CHECK(data.train->count() + data.test->count() == 6);
  CHECK(contains(data.notes[1], "1 files that are no sounds were left out, such as"));
  const auto refused = [&] {
    return refusal_of_source(Failure::Data, directory, source("\"test_share\": 0.4"));
  };
  const auto with = [&](const std::string& name, const Bytes& bytes, const std::string& message) {
    const std::string path = directory.write(name, bytes);
    const std::string said = failure_of(Failure::Data, [&] {
      const Dataset bad = load_source(directory, source("\"test_share\": 0.4"));
      measure(*bad.train, all_indices(bad.train->count()));
    });
    CHECK_MESSAGE(contains(said, message), said);
    std::filesystem::remove(path);
  };
  with("set/low/9.mp3", bytes_of_text("ID3"), "set/low/9.mp3: only WAV, FLAC and Ogg are read; convert it");
  with("set/low/9.wav", bytes_of_text("ID3"), "set/low/9.wav: is an MP3");
  with("set/low/9.wav", {}, "set/low/9.wav: the file is empty");
  with("set/low/9.wav", sound_bytes(tone(440, 44100, 0.1), 44100),
       "set/low/9.wav: has 44100 samples a second");
  Bytes cut = sound_bytes(tone(440, kRate, 0.1), kRate);
  cut.resize(1000);
  with("set/low/9.wav", cut, "set/low/9.wav: was cut off");
  with("set/9.wav", cut, "set/9.wav: is a sound outside of the folder of a class");
  std::filesystem::create_directory(directory.path() + "/set/none");
  CHECK(contains(refused(), "set/none: has no sounds (*.wav, *.wave, *.flac, *.ogg, *.oga, *.opus)"));
  // What a name says does not count.
  std::filesystem::remove(directory.path() + "/set/none");
  directory.write("set/low/8.ogg", sound_bytes(tone(300, kRate, 0.1), kRate));
  CHECK(load_source(directory, source("\"test_share\": 0.4")).spec.classes.size() == 2);
}

TEST_CASE("sounds: settings that do not fit each other are named with their key") {
  const TemporaryDirectory directory;
  write_set(directory, 3);
  const auto misused = [&](const std::string& more) {
    return refusal_of_source(Failure::Usage, directory, source("\"test_share\": 0.4, " + more));
  };
  CHECK(contains(misused("\"window\": 0.2"),
                 "data.source.window: 0.2 seconds are longer than an input of 0.1"));
  CHECK(contains(misused("\"window\": 0.0001"),
                 "data.source.window and hop: 0.0001 and 0.01 seconds are 1 and 80"));
  CHECK(contains(misused("\"fft\": 128"),
                 "data.source.fft: 128 points, expected an even number of at least 200"));
  CHECK(contains(misused("\"high\": 5000"), "bands from 20 to 5000 Hz, expected them to rise, up to 4000"));
  CHECK(contains(misused("\"low\": 4000"), "bands from 4000 to 4000 Hz"));
  CHECK(contains(misused("\"window\": 0.01, \"high\": 300"),
                 "data.source.bands: no frequency of 128 points lies in band"));
  CHECK(contains(misused("\"features\": \"mfcc\", \"coefficients\": 30"), "30 cannot come out of 20 bands"));
  CHECK(contains(failure_of(Failure::Data,
                            [] {
                              waveform(0.1).require_fits({8, 20, 1, Element::F32}, "m");
                            }),
                 "m: sounds become inputs of (800,1,1) floats, not of (8,20,1)"));
}
