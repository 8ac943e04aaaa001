// Sounds out of WAV, FLAC and Ogg files of all kinds.
#include "framework/data/formats/sound_file.h"

#include <algorithm>
#include <limits>

#include "tests/support/sound_fixtures.h"
#include "tests/support/tiny_run.h"

using namespace pare;

namespace {

std::string refusal(const Bytes& bytes) {
  return failure_of(Failure::Data, [&] { decode_sound(bytes, "a/b.wav"); });
}

double farthest(const std::vector<float>& a, const std::vector<float>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(double{a[i]} - double{b[i]}));
  return most;
}

}  // namespace

TEST_CASE("sound file: each kind of number gives its samples back, as exactly as it holds them") {
  const std::vector<float> samples = noise_samples(1001);
  struct Kind {
    int format;
    double error;
  };
  for (const auto& [format, error] :
       {Kind{SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 0.008}, Kind{SF_FORMAT_WAV | SF_FORMAT_PCM_16, 4e-5},
        Kind{SF_FORMAT_WAV | SF_FORMAT_PCM_24, 2e-7}, Kind{SF_FORMAT_WAV | SF_FORMAT_PCM_32, 1e-7},
        Kind{SF_FORMAT_WAV | SF_FORMAT_FLOAT, 0}, Kind{SF_FORMAT_WAV | SF_FORMAT_DOUBLE, 0},
        Kind{SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 2e-7}, Kind{SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 4e-5},
        Kind{SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 2e-7}}) {
    CAPTURE(format);
    const Sound sound = decode_sound(sound_bytes(samples, 8000, 1, format), "s");
    CHECK(sound.rate == 8000);
    CHECK(farthest(sound.samples, samples) <= error);
  }
  const Bytes sixteen = wav_of_chunks({riff_chunk("data", {0x00, 0x80, 0xff, 0x7f, 0x01, 0x00})});
  CHECK(decode_sound(sixteen, "s").samples == std::vector<float>{-1, 32767.0f / 32768, 1.0f / 32768});
  const std::vector<float> loud{1.5f, -3, 0.25f};
  CHECK(decode_sound(sound_bytes(loud, 8000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT), "s").samples == loud);
}

TEST_CASE("sound file: Ogg is read, and its tone is the one that was written") {
  const std::vector<float> samples = tone(440, 16000, 0.5);
  const Sound sound = decode_sound(sound_bytes(samples, 16000, 1, SF_FORMAT_OGG | SF_FORMAT_VORBIS), "s");
  CHECK(sound.rate == 16000);
  REQUIRE(sound.samples.size() == samples.size());
  CHECK(farthest(sound.samples, samples) < 0.1);  // Vorbis is lossy
}

TEST_CASE("sound file: channels are mixed to their mean") {
  const std::vector<float> stereo{0.5f, 0.25f, -1, 0.5f, 0, 0.125f};
  CHECK(decode_sound(sound_bytes(stereo, 44100, 2, SF_FORMAT_WAV | SF_FORMAT_FLOAT), "s").samples ==
        std::vector<float>{0.375f, -0.25f, 0.0625f});
}

TEST_CASE(
    "sound file: chunks of odd length and unknown name are stepped over, and a length of a pipe is none") {
  const Bytes data = riff_chunk("data", {0, 64, 0, 192});
  const std::vector<float> expected{0.5f, -0.5f};
  CHECK(decode_sound(wav_of_chunks({riff_chunk("LIST", {1, 2, 3}), riff_chunk("junk", Bytes(7)), data,
                                    riff_chunk("note", {1})}),
                     "s")
            .samples == expected);
  Bytes piped = wav_of_chunks({data});
  std::fill_n(piped.begin() + 40, 4, uint8_t{0xff});
  CHECK(decode_sound(piped, "s").samples == expected);
}

TEST_CASE("sound file: what is cut off is refused, wherever that was, or read whole") {
  const std::vector<float> samples = tone(440, 8000, 0.3);
  for (const int format : {SF_FORMAT_WAV | SF_FORMAT_PCM_16, SF_FORMAT_WAV | SF_FORMAT_PCM_24,
                           SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SF_FORMAT_OGG | SF_FORMAT_VORBIS}) {
    const Bytes whole = sound_bytes(samples, 8000, 1, format);
    const size_t count = decode_sound(whole, "s").samples.size();
    CHECK(count == samples.size());
    for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 200) {
      CAPTURE(format);
      CAPTURE(size);
      try {
        const Sound sound = decode_sound(std::span(whole).first(size), "s");
        CHECK(sound.samples.size() == count);  // only what comes behind the sound is missing
      } catch (const Error& error) {
        CHECK(error.failure() == Failure::Data);
      }
    }
  }
  Bytes wav = sound_bytes(samples, 8000);
  wav.resize(2000);
  CHECK(contains(refusal(wav), "a/b.wav: was cut off: it should have 4800 bytes of sound, but has"));
  Bytes ogg = sound_bytes(samples, 8000, 1, SF_FORMAT_OGG | SF_FORMAT_VORBIS);
  ogg.resize(ogg.size() - 10);
  CHECK(contains(refusal(ogg), "a/b.wav: "));
}

TEST_CASE("sound file: what is no sound says what it is, and what cannot be used why") {
  CHECK(contains(refusal({}), "a/b.wav: the file is empty; remove it"));
  CHECK(contains(refusal(bytes_of_text("ID3 and so on")), "is an MP3, but only WAV, FLAC and Ogg are read"));
  CHECK(contains(refusal(bytes_of_text("just some text")), "is none of WAV, FLAC and Ogg"));
  CHECK(contains(refusal(bytes_of_text("<!DOCTYPE html>")), "is a web page"));
  CHECK(contains(refusal(wav_of_chunks({riff_chunk("data", {})})), "has no sound in it"));
  CHECK(contains(refusal(wav_of_chunks({})), "a/b.wav: "));
  CHECK(
      contains(refusal(wav_of_chunks({riff_chunk("data", {0, 0})}, 400000)), "has 400000 samples a second"));
  const std::vector<float> bad{0, std::numeric_limits<float>::quiet_NaN(), 0};
  CHECK(contains(refusal(sound_bytes(bad, 8000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT)), "sample 1 is nan"));
  CHECK(contains(
      failure_of(Failure::Data, [&] { decode_sound(sound_bytes(noise_samples(100), 8000), "s", 99); }),
      "s: has more than 99 samples; cut it"));
  const Bytes aiff = sound_bytes(noise_samples(100), 8000, 1, SF_FORMAT_AIFF | SF_FORMAT_PCM_16);
  CHECK(contains(refusal(aiff), "is an AIFF"));
}
