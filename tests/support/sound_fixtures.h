// Sound files for the tests, as other programs write them.
#pragma once

#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "framework/data/sound/sound.h"
#include "tests/support/data_fixtures.h"

namespace pare {

// A file of libsndfile's `format`, of samples from -1 to 1, one channel after the other for each moment.
inline Bytes sound_bytes(const std::vector<float>& samples, int rate, int channels = 1,
                         int format = SF_FORMAT_WAV | SF_FORMAT_PCM_16) {
  struct Memory {
    Bytes bytes;
    size_t at = 0;
  } memory;
  SF_VIRTUAL_IO io{
      [](void* to) { return std::ssize(static_cast<Memory*>(to)->bytes); },
      [](sf_count_t offset, int whence, void* to) {
        auto& all = *static_cast<Memory*>(to);
        const auto base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? all.at : all.bytes.size();
        all.at = static_cast<size_t>(static_cast<sf_count_t>(base) + offset);
        return static_cast<sf_count_t>(all.at);
      },
      [](void* where, sf_count_t count, void* from) {
        auto& all = *static_cast<Memory*>(from);
        const size_t some =
            std::min(static_cast<size_t>(count), all.bytes.size() - std::min(all.at, all.bytes.size()));
        std::memcpy(where, all.bytes.data() + all.at, some);
        all.at += some;
        return static_cast<sf_count_t>(some);
      },
      [](const void* from, sf_count_t count, void* to) {
        auto& all = *static_cast<Memory*>(to);
        all.bytes.resize(std::max(all.bytes.size(), all.at + static_cast<size_t>(count)));
        std::memcpy(all.bytes.data() + all.at, from, static_cast<size_t>(count));
        all.at += static_cast<size_t>(count);
        return count;
      },
      [](void* of) { return static_cast<sf_count_t>(static_cast<Memory*>(of)->at); }};
  SF_INFO info{};
  info.samplerate = rate;
  info.channels = channels;
  info.format = format;
  SNDFILE* const file = sf_open_virtual(&io, SFM_WRITE, &info, &memory);
  REQUIRE_MESSAGE(file != nullptr, sf_strerror(nullptr));
  sf_set_string(file, SF_STR_SOFTWARE, "tests");
  const auto count = std::ssize(samples) / channels;
  CHECK(sf_writef_float(file, samples.data(), count) == count);
  sf_close(file);
  return memory.bytes;
}

// A chunk of a RIFF file, padded to an even length.
inline Bytes riff_chunk(const char* id, const Bytes& contents) {
  Bytes chunk(id, id + 4);
  for (int i = 0; i < 4; ++i) chunk.push_back(static_cast<uint8_t>(contents.size() >> (8 * i)));
  chunk.insert(chunk.end(), contents.begin(), contents.end());
  if (contents.size() % 2 == 1) chunk.push_back(0);
  return chunk;
}

// A WAV of these chunks behind a format of 16 bits, one channel.
inline Bytes wav_of_chunks(const std::vector<Bytes>& chunks, int rate = 8000) {
  Bytes format{1, 0, 1, 0};
  for (const int number : {rate, 2 * rate})
    for (int i = 0; i < 4; ++i) format.push_back(static_cast<uint8_t>(number >> (8 * i)));
  for (const uint8_t byte : {2, 0, 16, 0}) format.push_back(byte);
  Bytes body{'W', 'A', 'V', 'E'};
  const auto append = [&](const Bytes& chunk) { body.insert(body.end(), chunk.begin(), chunk.end()); };
  append(riff_chunk("fmt ", format));
  for (const Bytes& chunk : chunks) append(chunk);
  return riff_chunk("RIFF", body);
}

inline std::vector<float> tone(double frequency, int rate, double seconds, double height = 0.5) {
  std::vector<float> samples;
  for (int i = 0; i < static_cast<int>(seconds * rate); ++i)
    samples.push_back(static_cast<float>(height * std::sin(2 * std::numbers::pi * frequency * i / rate)));
  return samples;
}

// From -1 to 1, the same each time.
inline std::vector<float> noise_samples(size_t count, uint32_t seed = 1) {
  std::vector<float> samples;
  for (const uint8_t byte : noise(count, seed)) samples.push_back((static_cast<float>(byte) - 128) / 128);
  return samples;
}

// Files named as those of FSDD, with noise in them: takes 0 to 7 of six speakers.
inline void write_digits(const TemporaryDirectory& directory) {
  uint32_t seed = 0;
  for (const char* speaker : {"george", "jackson", "lucas", "nicolas", "theo", "yweweler"})
    for (int digit = 0; digit < 10; ++digit)
      for (int take = 0; take < 8; ++take)
        directory.write(pare::text("fsdd/recordings/", digit, "_", speaker, "_", take, ".wav"),
                        sound_bytes(noise_samples(600, ++seed), 8000));
}

}  // namespace pare
