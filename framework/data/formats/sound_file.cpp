#include "framework/data/formats/sound_file.h"

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <mutex>
#include <string_view>

#include "framework/base/error.h"
#include "framework/data/formats/beginning.h"

namespace pare {
namespace {

using namespace std::string_view_literals;

constexpr Beginning kOthers[] = {
    {0, "ID3"sv, "an MP3"},
    {0, "\xff\xfb"sv, "an MP3"},
    {0, "\xff\xf3"sv, "an MP3"},
    {0, "FORM"sv, "an AIFF"},
    {0, ".snd"sv, "an AU"},
    {0, "RF64"sv, "an RF64, a WAV for more than 4 GiB"},
    {0, "RIFX"sv, "a big-endian WAV"},
    {4, "ftyp"sv, "an MP4 or M4A"},
    {0, "\x1a\x45\xdf\xa3"sv, "a Matroska or WebM"},
};

bool is_wav(std::span<const uint8_t> bytes) { return begins(bytes, 0, "RIFF") && begins(bytes, 8, "WAVE"); }
bool is_ogg(std::span<const uint8_t> bytes) { return begins(bytes, 0, "OggS"); }

[[noreturn]] void fail_cut_off(const std::string& name, const std::string& found) {
  fail(Failure::Data, name, ": was cut off: ", found, "; fetch the file again, or remove it");
}

// libsndfile plays what is there of a WAV without a word.
void require_whole_wav(std::span<const uint8_t> bytes, const std::string& name) {
  constexpr uint32_t kNotKnown = 0xffffffff;  // of a program that wrote into a pipe
  for (size_t at = 12; at + 8 <= bytes.size();) {
    uint32_t size = 0;
    for (size_t i = 4; i-- > 0;) size = size << 8 | bytes[at + 4 + i];
    const size_t left = bytes.size() - at - 8;
    if (begins(bytes, at, "data")) {
      if (size > left && size != kNotKnown)
        fail_cut_off(name, text("it should have ", size, " bytes of sound, but has ", left));
      return;
    }
    at += 8 + size_t{size} + size % 2;
  }
}

// Nor does it miss the last page of an Ogg, which is marked (RFC 3533, section 6, header_type 0x04).
void require_whole_ogg(std::span<const uint8_t> bytes, const std::string& name) {
  constexpr uint8_t kLastPage = 4;
  constexpr auto kCapture = "OggS"sv;
  const auto last = std::find_end(bytes.begin(), bytes.end(), kCapture.begin(), kCapture.end(),
                                  [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); });
  const auto left = bytes.end() - last;
  if (left < 6 || (last[5] & kLastPage) == 0) fail_cut_off(name, "its last page is missing");
}

// A file in memory, as libsndfile reads it.
struct Reading {
  std::span<const uint8_t> bytes;
  sf_count_t at = 0;
};

sf_count_t length_of(void* data) { return std::ssize(static_cast<Reading*>(data)->bytes); }
sf_count_t tell(void* data) { return static_cast<Reading*>(data)->at; }
sf_count_t seek(sf_count_t offset, int whence, void* data) {
  auto& reading = *static_cast<Reading*>(data);
  const sf_count_t size = std::ssize(reading.bytes);
  const sf_count_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? reading.at : size;
  reading.at = std::clamp<sf_count_t>(offset, -base, size - base) + base;
  return reading.at;
}
sf_count_t read_some(void* to, sf_count_t count, void* data) {
  auto& reading = *static_cast<Reading*>(data);
  count = std::clamp<sf_count_t>(count, 0, std::ssize(reading.bytes) - reading.at);
  std::memcpy(to, reading.bytes.data() + reading.at, static_cast<size_t>(count));
  reading.at += count;
  return count;
}
sf_count_t write_nothing(const void*, sf_count_t, void*) { return 0; }

using File = std::unique_ptr<SNDFILE, int (*)(SNDFILE*)>;

// libsndfile has one global: why a file could not be opened.
File open(Reading& reading, SF_INFO& info, const std::string& name) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  SF_VIRTUAL_IO io{length_of, seek, read_some, write_nothing, tell};
  File file(sf_open_virtual(&io, SFM_READ, &info, &reading), sf_close);
  require(file != nullptr, Failure::Data, name, ": cannot be read: ", sf_strerror(nullptr),
          "; write it anew as a WAV of 16 bits, as `sox FILE -b 16 NEW.wav` does");
  return file;
}

}  // namespace

void require_sound(std::span<const uint8_t> bytes, const std::string& name) {
  require(!bytes.empty(), Failure::Data, name, ": the file is empty; remove it, or put the sound there");
  if (is_wav(bytes) || is_ogg(bytes) || begins(bytes, 0, "fLaC")) return;
  const char* what = known_beginning(bytes, kOthers);
  if (what == nullptr) what = known_beginning(bytes, kNoFiles);
  fail(Failure::Data, name, ": is ", what == nullptr ? "none of WAV, FLAC and Ogg" : what,
       what == nullptr ? "" : ", but only WAV, FLAC and Ogg are read", "; convert it, or remove it");
}

Sound decode_sound(std::span<const uint8_t> bytes, const std::string& name, int64_t most) {
  require_sound(bytes, name);
  if (is_wav(bytes)) require_whole_wav(bytes, name);
  if (is_ogg(bytes)) require_whole_ogg(bytes, name);
  Reading reading{bytes};
  SF_INFO info{};
  const File file = open(reading, info, name);
  require(info.samplerate >= 1 && info.samplerate <= kMostRate, Failure::Data, name, ": has ",
          info.samplerate, " samples a second, at most ", kMostRate, " are read");
  constexpr int kMostChannels = 64;
  require(info.channels >= 1 && info.channels <= kMostChannels, Failure::Data, name, ": has ", info.channels,
          " channels, at most ", kMostChannels, " are read");

  Sound sound{info.samplerate, {}};
  constexpr sf_count_t kFrames = 4096;
  constexpr float kLoudest = 1e6f;  // of files of floats
  const auto channels = static_cast<size_t>(info.channels);
  std::vector<float> buffer(static_cast<size_t>(kFrames) * channels);
  while (const sf_count_t frames = sf_readf_float(file.get(), buffer.data(), kFrames)) {
    require(frames > 0 && (std::ssize(sound.samples) + frames) * info.channels <= most, Failure::Data, name,
            ": has more than ", most, " samples; cut it into shorter files");
    for (size_t i = 0; i < static_cast<size_t>(frames); ++i) {
      double sum = 0;
      for (size_t c = 0; c < channels; ++c) sum += double{buffer[i * channels + c]};
      const auto mean = static_cast<float>(sum / info.channels);
      require(std::fabs(mean) <= kLoudest, Failure::Data, name, ": sample ", sound.samples.size(), " is ",
              mean, ", expected about -1 to 1; write the file anew, or remove it");
      sound.samples.push_back(mean);
    }
  }
  require(sf_error(file.get()) == SF_ERR_NO_ERROR, Failure::Data, name,
          ": cannot be read: ", sf_strerror(file.get()), "; fetch the file again, or remove it");
  if (begins(bytes, 0, "fLaC") && info.frames != SF_COUNT_MAX && std::ssize(sound.samples) < info.frames)
    fail_cut_off(name, text("it should have ", info.frames, " samples, but has ", sound.samples.size()));
  require(!sound.samples.empty(), Failure::Data, name, ": has no sound in it; remove it");
  return sound;
}

}  // namespace pare
