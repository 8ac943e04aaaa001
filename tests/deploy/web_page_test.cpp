// The exported page reads files as Pare does: headless Chromium opens it, is given files, and what it makes
// of them is compared with our inputs and outputs. Wants Chromium, Node.js, and `npm ci` done in
// tests/browser.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "deploy/export.h"
#include "framework/data/preprocessing/picture_preprocessing.h"
#include "framework/data/preprocessing/plain_preprocessing.h"
#include "framework/data/preprocessing/sound_preprocessing.h"
#include "framework/data/preprocessing/table_preprocessing.h"
#include "framework/data/preprocessing/text_preprocessing.h"
#include "framework/files/file.h"
#include "tests/support/array_fixtures.h"
#include "tests/support/network_fixtures.h"
#include "tests/support/picture_fixtures.h"
#include "tests/support/sound_fixtures.h"
#include "train/prediction.h"

using namespace pare;

namespace {

constexpr const char* kConvolution =
    R"([{"layer": "conv2d", "channels": 6, "padding": 1}, {"layer": "relu"},
        {"layer": "global_average_pool"}, {"layer": "linear", "features": 3}])";
constexpr const char* kLinear =
    R"([{"layer": "linear", "features": 8}, {"layer": "relu"}, {"layer": "linear", "features": 3}])";

template <class Config>
Variant<Preprocessing> chosen(const char* kind, const Config& config) {
  Variant<Preprocessing> preprocessing = choose(preprocessing_table(), kind);
  dynamic_cast<Config&>(*preprocessing) = config;
  return preprocessing;
}

// The page of a network of random weights, files to choose in it, and what Pare makes of them.
class Page {
 public:
  enum Answers { Classes, Values, Labels };

  Page(const InputShape& input, Variant<Preprocessing> preprocessing, const char* layers,
       Answers outputs = Classes) {
    const std::vector<std::string> names{"red </b>", "a rather long name of something", "3"};
    const auto channels = static_cast<size_t>(input.channels);
    model_.spec = {"my-data",
                   outputs == Classes ? names : std::vector<std::string>{},
                   {std::vector<float>(channels, 0.123456789f), std::vector<float>(channels, 0.7f)},
                   input,
                   outputs == Classes ? std::vector<std::string>{} : names,
                   std::move(preprocessing)};
    if (outputs == Labels) model_.spec.gives = Outputs::Labels;
    model_.network = std::make_unique<Network>(layers_of(layers),
                                               Extent{input.height, input.width, input.channels}, dense(), 1);
    for (const Network::Node& node : model_.network->nodes())
      if (node.layer->weight() != nullptr) model_.original_channels.push_back(node.layer->output().channels);
  }

  void reads(const std::string& name, const Bytes& bytes) {
    const FilePredictions predicted = Predictor(model_).predict(std::vector<InputFile>{{name, bytes}})[0];
    REQUIRE_MESSAGE(predicted.faults.empty(), predicted.faults.front());
    const Spec& spec = model_.spec;
    const PlainPreprocessing plain;
    const Preprocessing& preprocessing = spec.preprocessing ? *spec.preprocessing : plain;
    const PreparedFile prepared = preprocessing.prepare_all(bytes, name, spec.input);
    Bytes inputs;
    std::vector<std::byte> buffer;
    for (int i = 0; i < prepared.inputs->count(); ++i) {
      const auto* const raw = reinterpret_cast<const uint8_t*>(prepared.inputs->read(i, buffer));
      inputs.insert(inputs.end(), raw, raw + spec.input.bytes());
    }
    Json outputs = Json::array();
    for (const Prediction& prediction : predicted.predictions)
      outputs.push(Json::array({prediction.outputs.begin(), prediction.outputs.end()}));
    write_file_atomically(path(name), bytes);
    write_file_atomically(path(name + ".input"), inputs);
    cases_.push(
        Json::object({{"file", path(name)}, {"inputs", path(name + ".input")}, {"outputs", outputs}}));
  }

  // `fault`: what the page's sentence has to hold; Pare refuses the file as well.
  void refuses(const std::string& name, const Bytes& bytes, const std::string& fault) {
    CHECK_MESSAGE(!Predictor(model_).predict(std::vector<InputFile>{{name, bytes}})[0].faults.empty(), name);
    write_file_atomically(path(name), bytes);
    cases_.push(Json::object({{"file", path(name)}, {"fault", name + ": " + fault}}));
  }

  // Of all files by Node.js.
  bool agrees() const {
    write();
    return run("") == 0;
  }
  // Of a few by headless Chromium, on screens of three kinds.
  bool opens_in_chromium() const {
    REQUIRE_MESSAGE(std::filesystem::exists(PARE_SOURCE_DIR "/tests/browser/node_modules/playwright-core"),
                    "do `npm ci` in tests/browser first");
    write();
    return run(" chromium") == 0;
  }

 private:
  void write() const {
    for (const WebFile& file :
         export_web(model_.spec, *model_.network, nullptr, 1234, model_.original_channels))
      write_file_atomically(path(file.name), file.content);
    write_file_atomically(path("cases.json"), dump(cases_));
  }
  int run(const std::string& more) const {
    return std::system(text("node '", PARE_SOURCE_DIR, "/tests/browser/own_data.mjs' '", folder_.path(),
                            "' '", path("cases.json"), "'", more)
                           .c_str());
  }
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

  TemporaryDirectory folder_;
  ModelFile model_;
  Json cases_ = Json::array();
};

Bytes text_bytes(const std::string& text) { return {text.begin(), text.end()}; }

Bytes first_half(const Bytes& bytes) {
  return {bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(bytes.size() / 2)};
}

// Every kind of PNG, and some sizes.
void read_pngs(Page& page) {
  const auto add = [&](const char* name, int height, int width, size_t bytes, const PngKind& kind) {
    page.reads(text(name, ".png"), png_bytes(height, width, noise(bytes), kind));
  };
  add("grey", 24, 32, 24 * 32, {.type = PNG_COLOR_TYPE_GRAY});
  add("grey-1-bit", 30, 21, 30 * 3, {.type = PNG_COLOR_TYPE_GRAY, .bits = 1});
  add("grey-2-bits", 30, 21, 30 * 6, {.type = PNG_COLOR_TYPE_GRAY, .bits = 2});
  add("grey-4-bits", 9, 50, 9 * 25, {.type = PNG_COLOR_TYPE_GRAY, .bits = 4, .interlaced = true});
  add("grey-16-bits", 40, 50, 40 * 50 * 2, {.type = PNG_COLOR_TYPE_GRAY, .bits = 16});
  add("grey-alpha", 40, 50, 40 * 50 * 2, {.type = PNG_COLOR_TYPE_GRAY_ALPHA});
  add("rgb", 64, 64, 64 * 64 * 3, {});
  add("rgb-gamma", 24, 32, 24 * 32 * 3, {.gamma = 1.0});
  add("rgb-16-bits", 33, 70, 33 * 70 * 6, {.bits = 16, .interlaced = true});
  add("rgb-alpha", 5, 7, 5 * 7 * 4, {.type = PNG_COLOR_TYPE_RGB_ALPHA});
  add("rgb-alpha-16-bits", 24, 32, 24 * 32 * 8, {.type = PNG_COLOR_TYPE_RGB_ALPHA, .bits = 16});
  add("one-pixel", 1, 1, 3, {});
  add("wide", 3, 400, 3 * 400 * 3, {.interlaced = true});
  const std::vector<png_color> palette{{255, 0, 0}, {0, 200, 0}, {0, 0, 90}, {7, 8, 9}};
  add("palette", 50, 20, 50 * 5, {.type = PNG_COLOR_TYPE_PALETTE, .bits = 2, .palette = palette});
  add("palette-alpha", 50, 20, 50 * 5,
      {.type = PNG_COLOR_TYPE_PALETTE, .bits = 2, .palette = palette, .palette_alpha = {0, 100}});
  page.reads("photograph.png", png_of(ramp(700, 900, 3)));
}

void refuse_pictures(Page& page) {
  const Bytes png = png_of(noise_picture(24, 32, 3));
  Bytes damaged = png;
  damaged[damaged.size() / 2] ^= 1;
  page.refuses("empty.png", {}, "the file is empty");
  page.refuses("half.png", first_half(png), "the PNG cannot be read: it was cut off");
  page.refuses("damaged.png", damaged, "the PNG cannot be read: its part IDAT is damaged");
  page.refuses("half.jpg", first_half(jpeg_bytes(24, 32, noise(24 * 32 * 3))),
               "the JPEG cannot be read: it was cut off");
  page.refuses("other.png", text_bytes("GIF89a..."), "is a GIF, expected PNG or JPEG");
}

std::vector<float> voice(int rate, double seconds) {
  std::vector<float> samples = tone(440, rate, seconds, 0.3);
  const std::vector<float> more = noise_samples(samples.size());
  for (size_t i = 0; i < samples.size(); ++i) samples[i] += 0.1f * more[i];
  return samples;
}

}  // namespace

TEST_SUITE_BEGIN("peers");

TEST_CASE("web page: a PNG becomes the same bytes as in Pare, cropped") {
  Page page({24, 32, 3},
            chosen("pictures",
                   [] {
                     PicturePreprocessing p;
                     p.fit = Fit::Crop;
                     return p;
                   }()),
            kConvolution);
  refuse_pictures(page);
  page.reads("photograph.jpg", jpeg_bytes(240, 320, ramp(240, 320, 3).pixels));
  read_pngs(page);
  CHECK(page.agrees());
  CHECK(page.opens_in_chromium());
}

TEST_CASE("web page: a PNG becomes the same bytes as in Pare, grey with bars") {
  PicturePreprocessing letterbox;
  letterbox.fit = Fit::Letterbox;
  letterbox.background = {10, 200, 30};
  Page page({24, 32, 1}, chosen("pictures", letterbox), kConvolution, Page::Labels);
  read_pngs(page);
  CHECK(page.agrees());
}

TEST_CASE("web page: a PNG becomes the same bytes as in Pare, stretched; or has to have the size") {
  PicturePreprocessing stretch, exact;
  stretch.fit = Fit::Stretch;
  Page stretched({40, 20, 3}, chosen("pictures", stretch), kConvolution, Page::Values);
  read_pngs(stretched);
  CHECK(stretched.agrees());
  Page page({8, 9, 3}, chosen("pictures", exact), kConvolution);
  page.refuses("other-size.png", png_of(noise_picture(9, 8, 3)),
               "is 9 pixels high and 8 wide, expected 8 and 9");
  page.reads("same-size.png", png_of(noise_picture(8, 9, 4)));
  CHECK(page.agrees());
}

TEST_CASE("web page: a WAV becomes the same features as in Pare") {
  SoundPreprocessing sounds;
  sounds.rate = 8000;
  sounds.seconds = 0.8;
  sounds.peak = true;
  sounds.resample = true;
  for (const auto& [name, features, input] :
       {std::tuple{"log_mel", SoundFeatures::LogMel, InputShape{78, 40, 1, Element::F32}},
        {"mfcc", SoundFeatures::Mfcc, InputShape{78, 1, 13, Element::F32}},
        {"waveform", SoundFeatures::Waveform, InputShape{6400, 1, 1, Element::F32}}}) {
    sounds.features = features;
    Page page(input, chosen("sounds", sounds), kConvolution);
    page.refuses("song.wav", text_bytes("ID3..."), "is an MP3, expected a WAV");
    page.refuses("half.wav", first_half(sound_bytes(voice(8000, 1), 8000)), "was cut off");
    for (const auto& [kind, format] : {std::pair{"8", SF_FORMAT_PCM_U8},
                                       {"16", SF_FORMAT_PCM_16},
                                       {"24", SF_FORMAT_PCM_24},
                                       {"32", SF_FORMAT_PCM_32},
                                       {"float", SF_FORMAT_FLOAT},
                                       {"double", SF_FORMAT_DOUBLE}})
      page.reads(text(kind, ".wav"), sound_bytes(voice(8000, 0.9), 8000, 1, SF_FORMAT_WAV | format));
    page.reads("extensible-24.wav",
               sound_bytes(voice(8000, 0.7), 8000, 3, SF_FORMAT_WAVEX | SF_FORMAT_PCM_24));
    page.reads("stereo.wav", sound_bytes(voice(8000, 1.5), 8000, 2));
    page.reads("short.wav", sound_bytes(voice(8000, 0.1), 8000));
    page.reads("44100.wav", sound_bytes(voice(44100, 1), 44100));
    page.reads("11025.wav", sound_bytes(voice(11025, 1), 11025));
    CHECK_MESSAGE(page.agrees(), name);
  }
}

TEST_CASE("web page: a sound of another rate is refused where the recipe does not convert it") {
  SoundPreprocessing sounds;
  sounds.rate = 16000;
  sounds.seconds = 0.5;
  sounds.window = 0.03;  // 480 samples
  sounds.fft = 600;      // which is no power of two
  Page page({48, 40, 1, Element::F32}, chosen("sounds", sounds), kConvolution);
  page.refuses("8000.wav", sound_bytes(voice(8000, 1), 8000), "has 8000 samples a second, expected 16000");
  page.reads("16000.wav", sound_bytes(voice(16000, 1), 16000));
  CHECK(page.agrees());
  CHECK(page.opens_in_chromium());
}

TEST_CASE("web page: rows of a table become the same numbers as in Pare") {
  TablePreprocessing table;
  table.inputs = {"length", "width, cm", "colour=deep blue", "colour=red", "a=b"};
  table.categorical = {"colour"};
  Page page({1, 1, 5, Element::F32}, chosen("table", table), kLinear, Page::Values);
  const std::string header = "id,\"width, cm\",colour,length,a=b\n";
  page.reads("one.csv", text_bytes(header + "7,2.5,red,1e3,-4\n"));
  page.reads("several.csv", text_bytes("\xEF\xBB\xBF" + header +
                                       "\n7, +2.5 ,deep blue,.5,-4\r\n\"a \"\"b\"\", c\",1,\"red\",2,3"));
  page.reads("semicolons.csv", text_bytes("colour;length;width, cm;a=b\nred;1;2;3\n"));
  page.reads("spaces.txt", text_bytes(" colour length  \"width, cm\" a=b\n \"deep blue\"  1 \t2 3 \n"));
  page.refuses("word.csv", text_bytes(header + "7,2.5,red,long,-4\n"),
               "row 2, column 'length': found 'long', expected a number");
  page.refuses("comma.csv", text_bytes(header + "7,\"2,5\",red,1,-4\n"),
               "row 2, column 'width, cm': found '2,5'");
  page.refuses("missing.csv", text_bytes(header + "7,2,red,1,4\n7,2.5,red,NA,-4\n"),
               "row 3, column 'length': 'NA' is a missing value");
  page.refuses("colour.csv", text_bytes(header + "7,2.5,green,1,-4\n"),
               "row 2, column 'colour': 'green' is no category");
  page.refuses("column.csv", text_bytes("length,colour,a=b\n1,red,2\n"), "has no column 'width, cm'");
  page.refuses("fields.csv", text_bytes(header + "7,2.5,red\n"), "row 2 has 3 fields, expected 5");
  page.refuses("quotes.csv", text_bytes(header + "7,2.5,\"red,1,-4\n"), "row 2: its quotes are not in pairs");
  page.refuses("latin.csv", text_bytes("gr\xfcn,colour\n1,red\n"), "is no text in UTF-8");
  CHECK(page.agrees());

  table.means = {1.5, 30.0000001, 0, 0, -2};
  Page labels({1, 1, 5, Element::F32}, chosen("table", table), kLinear, Page::Labels);
  labels.reads("missing.csv", text_bytes(header + "7,?,red,,n/a\n8,1,red,2,3\n"));
  CHECK(labels.agrees());
  CHECK(labels.opens_in_chromium());
}

TEST_CASE("web page: windows of rows become the same numbers as in Pare") {
  TablePreprocessing table;
  table.inputs = {"x", "y"};
  table.window = 4;
  table.hop = 2;
  Page page({4, 1, 2, Element::F32}, chosen("table", table), kConvolution);
  page.refuses("short.csv", text_bytes("x,y\n1,2\n3,4\n5,6\n"), "has 3 rows, expected at least 4");
  std::string rows = "x,y\n";
  for (int i = 0; i < 11; ++i) rows += text(i, ',', i % 3, '\n');
  page.reads("long.csv", text_bytes(rows));
  CHECK(page.agrees());

  table.window = 1;
  table.inputs = {"c2"};
  table.header = false;
  table.skip = 1;
  Page bare({1, 1, 1, Element::F32}, chosen("table", table), kLinear);
  bare.reads("bare.csv", text_bytes("written by a machine,\n1,2\n3,4\n"));
  CHECK(bare.agrees());
}

TEST_CASE("web page: texts become the same numbers as in Pare") {
  TextPreprocessing texts;
  texts.length = 24;
  texts.alphabet = "abcdefghijklmnopqrstuvwxyz .\u00e9\u0416\U0001F600";
  Page page({24, 1, 31}, chosen("texts", texts), kConvolution);
  page.reads("short.txt", text_bytes("A caf\u00e9, \u0416\U0001F600.\nB"));
  page.reads("long.txt", text_bytes("the quick brown fox jumps over the lazy dog\n"));
  page.reads("marked.txt", text_bytes("\xEF\xBB\xBF"
                                      "a\tb\r\nc"));
  page.refuses("latin.txt", text_bytes("caf\xe9"), "is no UTF-8 text");
  page.refuses("empty.txt", {}, "is empty");
  page.refuses("rows.csv", text_bytes("text\nabc\n"), "is a table, and the model learnt from files");
  CHECK(page.agrees());
  CHECK(page.opens_in_chromium());

  texts.column = "said";
  Page rows({24, 1, 31}, chosen("texts", texts), kConvolution);
  rows.reads("rows.csv", text_bytes("who,said\nme,\"the quick, brown fox\njumps\"\nyou,Caf\u00e9\n"));
  rows.reads("one.csv", text_bytes("said\nabc\nd e f\n"));
  rows.reads("plain.txt", text_bytes("who,said\n"));
  rows.refuses("other.csv", text_bytes("who,says\nme,abc\n"), "has no column 'said'");
  CHECK(rows.agrees());
  texts.column.clear();

  texts.units = TextUnits::Bytes;
  texts.lower_case = false;
  Page bytes({24, 1, 256}, chosen("texts", texts), kConvolution);
  bytes.reads("any.txt", text_bytes("A caf\xe9 \xff\n"));
  CHECK(bytes.agrees());
}

TEST_CASE("web page: arrays become the same numbers as in Pare") {
  Page bytes({4, 5, 1}, {}, kConvolution);
  bytes.refuses("floats.npy", npy_bytes("<f4", "4, 5", std::vector<float>(20, 1.0f)),
                "is f4 (4,5), expected inputs (4,5,1) of bytes");
  bytes.reads("one.npy", npy_bytes("|u1", "4, 5", noise(20)));
  bytes.reads("several.npy", npy_bytes("|u1", "3, 4, 5, 1", noise(60)));
  bytes.reads("picture.png", png_of(noise_picture(4, 5, 3)));
  CHECK(bytes.agrees());

  Page floats({1, 1, 6, Element::F32}, {}, kLinear, Page::Values);
  floats.refuses("picture.png", png_of(noise_picture(4, 5, 3)), "is a PNG, expected an .npy of (1,1,6)");
  floats.refuses("half.npy", first_half(npy_bytes("<f4", "6", std::vector<float>(6, 1.0f))),
                 "the .npy cannot be read: it was cut off");
  floats.reads("f8.npy",
               npy_bytes("<f8", "2, 6", std::vector<double>{1, 2, 3, 4, 5, 1e-9, 7, 8, 9, 0.1, -3, 4}));
  floats.reads("i8.npy", npy_bytes("<i8", "6,", std::vector<int64_t>{1, -2, 3, 4, 5, 6}));
  CHECK(floats.agrees());
}

TEST_SUITE_END();
